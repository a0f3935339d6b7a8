// Gives conversions without a value those that other rows of them have. Settling refunds takes theirs off again.
// $rows LIST<MAP>: id of a conversion and its value before refunds, currency
// $load INTEGER: number of the load by which they change, or null
UNWIND $rows AS row
OPTIONAL MATCH (made:Conversion {id: row.id})
OPTIONAL MATCH (cancelled:CancelledConversion {id: row.id})
WITH row, coalesce(made, cancelled) AS conversion
SET conversion.value = row.value, conversion.gross = null, conversion.refunded = null
WITH conversion
MATCH (customer)-[:MADE|CANCELLED]->(conversion)
SET customer.changedBy = coalesce($load, customer.changedBy)
WITH conversion
MATCH (:Refund)-[reduces:REDUCES]->(conversion)
DELETE reduces
