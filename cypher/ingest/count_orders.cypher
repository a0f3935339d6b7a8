// Number of orders with lines.
MATCH (order:Order) RETURN count(order) AS orders
