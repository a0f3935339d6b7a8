// Credit by segment is read by run, model and level.
CYPHER 5
CREATE INDEX assigned_in_model IF NOT EXISTS
FOR ()-[r:ASSIGNED_IN]-() ON (r.run, r.model, r.level);
