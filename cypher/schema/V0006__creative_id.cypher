// One node a creative.
CYPHER 5
CREATE CONSTRAINT creative_id IF NOT EXISTS
FOR (n:Creative) REQUIRE n.id IS UNIQUE;
