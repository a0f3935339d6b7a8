// One node a touchpoint; loading looks ids up to leave what is there alone.
CYPHER 5
CREATE CONSTRAINT touchpoint_id IF NOT EXISTS
FOR (n:Touchpoint) REQUIRE n.id IS UNIQUE;
