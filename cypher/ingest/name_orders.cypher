// Gives conversions the ids of their orders where they have none. Returns those that have another.
// $rows LIST<MAP>: id of a conversion, and id (order) of its order; sorted by id, so that locks are taken in
// one order
UNWIND $rows AS row
OPTIONAL MATCH (made:Conversion {id: row.id})
OPTIONAL MATCH (cancelled:CancelledConversion {id: row.id})
WITH row, coalesce(made, cancelled) AS conversion WHERE conversion IS NOT NULL
SET conversion.orderId = coalesce(conversion.orderId, row.order)
WITH row, conversion WHERE conversion.orderId <> row.order
RETURN collect(conversion.id) AS id
