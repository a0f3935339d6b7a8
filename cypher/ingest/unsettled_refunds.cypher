// Refunds of these orders that do not reduce all conversions of their order yet.
// $order LIST<STRING>: ids of orders, and of conversions that may be orders
UNWIND $order AS name
MATCH (refund:Refund {order: name})
CALL (refund) {
  MATCH (conversion:Conversion {id: refund.order}) RETURN conversion
  UNION MATCH (conversion:Conversion {orderId: refund.order}) RETURN conversion
  UNION MATCH (conversion:CancelledConversion {id: refund.order}) RETURN conversion
  UNION MATCH (conversion:CancelledConversion {orderId: refund.order}) RETURN conversion
}
WITH refund, conversion WHERE NOT EXISTS { (refund)-[:REDUCES]->(conversion) }
RETURN DISTINCT refund.id AS id, refund.order AS order
ORDER BY order, id
