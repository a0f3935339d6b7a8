// One node per account.
CYPHER 5
CREATE CONSTRAINT account_id IF NOT EXISTS
FOR (n:Account) REQUIRE n.id IS UNIQUE;
