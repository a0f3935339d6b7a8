// Writes lines of orders that the graph does not have. Of several names of a product the first in the alphabet
// stays, so that the order of loads decides nothing.
// $rows LIST<MAP>: line (its id, unique in the order), order, product (ids), name (of the product, or null),
// quantity (or null) and value (currency); sorted by order
UNWIND $rows AS row
MERGE (order:Order {id: row.order})
MERGE (product:Product {id: row.product})
SET product.name = CASE
  WHEN product.name IS NULL OR row.name < product.name THEN row.name ELSE product.name END
MERGE (order)-[line:CONTAINS {line: row.line}]->(product)
SET line.quantity = row.quantity, line.value = row.value
