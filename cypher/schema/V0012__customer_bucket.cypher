// Partitioned reads and writes take customers by ranges of their bucket.
CYPHER 5
CREATE INDEX customer_bucket IF NOT EXISTS
FOR (n:Customer) ON (n.bucket);
