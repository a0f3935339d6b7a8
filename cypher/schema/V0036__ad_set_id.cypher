// One node per ad set.
CYPHER 5
CREATE CONSTRAINT ad_set_id IF NOT EXISTS
FOR (n:AdSet) REQUIRE n.id IS UNIQUE;
