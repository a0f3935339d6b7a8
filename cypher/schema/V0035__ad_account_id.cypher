// One node per advertising account.
CYPHER 5
CREATE CONSTRAINT ad_account_id IF NOT EXISTS
FOR (n:AdAccount) REQUIRE n.id IS UNIQUE;
