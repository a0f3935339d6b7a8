// Pairs of similar creatives are counted and deleted by their run, as those of every run that is deleted.
CYPHER 5
CREATE INDEX similar_to_run IF NOT EXISTS
FOR ()-[r:SIMILAR_TO]-() ON (r.run);
