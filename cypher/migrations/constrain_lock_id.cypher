// Lock nodes are unique by id, as neo4j-migrations has it.
CYPHER 5
CREATE CONSTRAINT __Neo4jMigrationsLock__has_unique_id IF NOT EXISTS
FOR (n:__Neo4jMigrationsLock) REQUIRE n.id IS UNIQUE
