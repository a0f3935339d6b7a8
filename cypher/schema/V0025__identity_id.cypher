// One node per link of an id to a person.
CYPHER 5
CREATE CONSTRAINT identity_id IF NOT EXISTS
FOR (n:Identity) REQUIRE n.id IS UNIQUE;
