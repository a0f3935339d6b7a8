// Refunds of which the graph has no conversion, or one that they do not reduce yet, with whether it has any.
MATCH (refund:Refund)
CALL (refund) {
  OPTIONAL MATCH (conversion:Conversion {id: refund.order}) RETURN conversion
  UNION OPTIONAL MATCH (conversion:Conversion {orderId: refund.order}) RETURN conversion
  UNION OPTIONAL MATCH (conversion:CancelledConversion {id: refund.order}) RETURN conversion
  UNION OPTIONAL MATCH (conversion:CancelledConversion {orderId: refund.order}) RETURN conversion
}
WITH refund, collect(conversion) AS conversions
WHERE conversions = [] OR any(one IN conversions WHERE NOT EXISTS { (refund)-[:REDUCES]->(one) })
RETURN refund.id AS id, refund.order AS order, conversions <> [] AS known
ORDER BY order, id
