// One node a run of a job.
CYPHER 5
CREATE CONSTRAINT run_id IF NOT EXISTS
FOR (n:Run) REQUIRE n.id IS UNIQUE;
