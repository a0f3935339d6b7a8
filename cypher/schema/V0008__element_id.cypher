// One node an element of creatives.
CYPHER 5
CREATE CONSTRAINT element_id IF NOT EXISTS
FOR (n:Element) REQUIRE n.id IS UNIQUE;
