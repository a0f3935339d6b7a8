// Gives conversions the ids of their orders and messages where they have none. Returns those that have another
// order.
// $rows LIST<MAP>: id of a conversion, and ids of its order (order) and of its message (messageId), null if
// unknown; sorted by id, so that locks are taken in one order
UNWIND $rows AS row
OPTIONAL MATCH (made:Conversion {id: row.id})
OPTIONAL MATCH (cancelled:CancelledConversion {id: row.id})
WITH row, coalesce(made, cancelled) AS conversion WHERE conversion IS NOT NULL
SET conversion.orderId = coalesce(conversion.orderId, row.order),
  conversion.messageId = coalesce(conversion.messageId, row.messageId)
WITH row, conversion WHERE conversion.orderId <> row.order
RETURN collect(conversion.id) AS id
