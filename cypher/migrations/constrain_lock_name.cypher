// Lock nodes are unique by name, so only one can be held at a time.
CYPHER 5
CREATE CONSTRAINT __Neo4jMigrationsLock__has_unique_name IF NOT EXISTS
FOR (n:__Neo4jMigrationsLock) REQUIRE n.name IS UNIQUE
