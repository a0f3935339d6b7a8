// One node an audience.
CYPHER 5
CREATE CONSTRAINT audience_id IF NOT EXISTS
FOR (n:Audience) REQUIRE n.id IS UNIQUE;
