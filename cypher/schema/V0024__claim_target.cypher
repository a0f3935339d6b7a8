// Finds the claims for one campaign or whatever else, to link them.
CYPHER 5
CREATE INDEX claim_target IF NOT EXISTS
FOR (n:Claim) ON (n.target);
