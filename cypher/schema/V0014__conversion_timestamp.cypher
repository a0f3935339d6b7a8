// Reports and windows ask for the conversions of a stretch of time.
CYPHER 5
CREATE INDEX conversion_timestamp IF NOT EXISTS
FOR (n:Conversion) ON (n.timestamp);
