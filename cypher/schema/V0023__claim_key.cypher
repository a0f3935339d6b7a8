// One node per day and what a platform claims conversions for.
CYPHER 5
CREATE CONSTRAINT claim_key IF NOT EXISTS
FOR (n:Claim) REQUIRE n.key IS UNIQUE;
