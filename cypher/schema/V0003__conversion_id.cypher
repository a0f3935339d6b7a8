// One node a conversion; loading looks ids up to leave what is there alone.
CYPHER 5
CREATE CONSTRAINT conversion_id IF NOT EXISTS
FOR (n:Conversion) REQUIRE n.id IS UNIQUE;
