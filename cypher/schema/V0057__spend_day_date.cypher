// Reach and frequency of all channels are read for the days of a period.
CYPHER 5
CREATE INDEX spend_day_date IF NOT EXISTS
FOR (n:SpendDay) ON (n.date);
