// One node per refund.
CYPHER 5
CREATE CONSTRAINT refund_id IF NOT EXISTS
FOR (n:Refund) REQUIRE n.id IS UNIQUE;
