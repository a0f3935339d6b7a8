// Links are found by the ids of persons.
CYPHER 5
CREATE INDEX identity_user_hash IF NOT EXISTS
FOR (n:Identity) ON (n.userHash);
