// Links are found by the ids that belong to a person.
CYPHER 5
CREATE INDEX identity_hash IF NOT EXISTS
FOR (n:Identity) ON (n.hash);
