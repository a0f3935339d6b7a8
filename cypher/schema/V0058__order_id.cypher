// One node per order with lines.
CYPHER 5
CREATE CONSTRAINT order_id IF NOT EXISTS
FOR (n:Order) REQUIRE n.id IS UNIQUE;
