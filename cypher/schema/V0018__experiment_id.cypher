// One node per experiment.
CYPHER 5
CREATE CONSTRAINT experiment_id IF NOT EXISTS
FOR (n:Experiment) REQUIRE n.id IS UNIQUE;
