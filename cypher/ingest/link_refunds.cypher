// Links refunds to the conversions of their orders, and locks these until the transaction ends.
// $rows LIST<MAP>: id of a refund, and id (order) of its order; sorted by order, so that locks are taken in
// one order
UNWIND $rows AS row
MATCH (refund:Refund {id: row.id})
CALL (row) {
  MATCH (conversion:Conversion {id: row.order}) RETURN conversion
  UNION MATCH (conversion:Conversion {orderId: row.order}) RETURN conversion
  UNION MATCH (conversion:CancelledConversion {id: row.order}) RETURN conversion
  UNION MATCH (conversion:CancelledConversion {orderId: row.order}) RETURN conversion
}
SET conversion.gross = coalesce(conversion.gross, conversion.value)
MERGE (refund)-[:REDUCES]->(conversion)
