// Scores of creatives are counted, cleared and deleted by their run.
CYPHER 5
CREATE INDEX creative_fatigue_run IF NOT EXISTS
FOR (n:Creative) ON (n.fatigueRun);
