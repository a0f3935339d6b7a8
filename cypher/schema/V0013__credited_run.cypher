// Old runs are deleted by their id, and readers take the credit of one run.
CYPHER 5
CREATE INDEX credited_run IF NOT EXISTS
FOR ()-[r:CREDITED]-() ON (r.run);
