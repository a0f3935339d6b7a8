// Those lines of orders that the graph has.
// $order LIST<STRING>: ids of orders
UNWIND $order AS id
MATCH (order:Order {id: id})-[line:CONTAINS]->(product:Product)
RETURN line.line AS line, order.id AS order, product.id AS product, product.name AS name,
  line.quantity AS quantity, line.value AS value
