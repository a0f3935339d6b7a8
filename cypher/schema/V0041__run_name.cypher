// A name is that of one run; readers find runs by their names.
CYPHER 5
CREATE CONSTRAINT run_name IF NOT EXISTS
FOR (n:Run) REQUIRE n.name IS UNIQUE;
