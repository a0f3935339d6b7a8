// Number of those orders with lines that no conversion has, and the first of them.
// $order LIST<STRING>: ids of orders
UNWIND $order AS id
MATCH (order:Order {id: id}) WHERE NOT EXISTS { (order)<-[:OF_ORDER]-() }
RETURN count(order) AS orders, min(order.id) AS example
