// Credit over time is read by run, model and level, for a period.
CYPHER 5
CREATE INDEX assigned_on_date IF NOT EXISTS
FOR ()-[r:ASSIGNED_ON]-() ON (r.run, r.model, r.level, r.date);
