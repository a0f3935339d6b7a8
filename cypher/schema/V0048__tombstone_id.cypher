// One node per tombstone of an erased customer.
CYPHER 5
CREATE CONSTRAINT tombstone_id IF NOT EXISTS
FOR (n:Tombstone) REQUIRE n.id IS UNIQUE;
