// One node per load.
CYPHER 5
CREATE CONSTRAINT load_id IF NOT EXISTS
FOR (n:Load) REQUIRE n.id IS UNIQUE;
