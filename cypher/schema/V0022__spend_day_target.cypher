// Finds the days of one campaign or whatever else was paid for, to link them.
CYPHER 5
CREATE INDEX spend_day_target IF NOT EXISTS
FOR (n:SpendDay) ON (n.target);
