// What happened in a stretch of time is read by time: spend, reach and frequency of a day or a week.
CYPHER 5
CREATE INDEX touchpoint_timestamp IF NOT EXISTS
FOR (n:Touchpoint) ON (n.timestamp);
