// One node a job that says which run readers see.
CYPHER 5
CREATE CONSTRAINT active_job IF NOT EXISTS
FOR (n:Active) REQUIRE n.job IS UNIQUE;
