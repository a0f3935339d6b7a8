// Credit of kept runs is read, copied and deleted by their id.
CYPHER 5
CREATE INDEX kept_credit_run IF NOT EXISTS
FOR ()-[r:KEPT_CREDIT]-() ON (r.run);
