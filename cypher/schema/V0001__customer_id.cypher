// One node a customer; loading merges customers by their id.
CYPHER 5
CREATE CONSTRAINT customer_id IF NOT EXISTS
FOR (n:Customer) REQUIRE n.id IS UNIQUE;
