// One node per product.
CYPHER 5
CREATE CONSTRAINT product_id IF NOT EXISTS
FOR (n:Product) REQUIRE n.id IS UNIQUE;
