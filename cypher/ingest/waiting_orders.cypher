// Number of orders with lines that no conversion has, and the first of them.
MATCH (order:Order) WHERE NOT EXISTS { (order)<-[:OF_ORDER]-() }
RETURN count(order) AS orders, min(order.id) AS example
