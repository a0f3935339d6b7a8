// One node per cancelled conversion.
CYPHER 5
CREATE CONSTRAINT cancelled_conversion_id IF NOT EXISTS
FOR (n:CancelledConversion) REQUIRE n.id IS UNIQUE;
