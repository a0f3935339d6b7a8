// One node per day and what was paid for.
CYPHER 5
CREATE CONSTRAINT spend_day_key IF NOT EXISTS
FOR (n:SpendDay) REQUIRE n.key IS UNIQUE;
