// Links conversions to the orders with lines that they are, or belong to.
// $order LIST<STRING>: ids of orders, and of conversions that may be orders; sorted, so that locks are taken in
// one order
UNWIND $order AS name
MATCH (order:Order {id: name})
CALL (order) {
  MATCH (conversion:Conversion {id: order.id}) RETURN conversion
  UNION MATCH (conversion:Conversion {orderId: order.id}) RETURN conversion
  UNION MATCH (conversion:CancelledConversion {id: order.id}) RETURN conversion
  UNION MATCH (conversion:CancelledConversion {orderId: order.id}) RETURN conversion
}
MERGE (conversion)-[:OF_ORDER]->(order)
