// Loads are found by their numbers, each of which one load has.
CYPHER 5
CREATE CONSTRAINT load_number IF NOT EXISTS
FOR (n:Load) REQUIRE n.number IS UNIQUE;
