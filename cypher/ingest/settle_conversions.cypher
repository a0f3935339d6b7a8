// Stores what is left of the values of conversions after their refunds.
// $rows LIST<MAP>: id of a conversion, its value (currency, net) and what was refunded (currency)
// $load INTEGER: number of the load by which they change, or null
UNWIND $rows AS row
OPTIONAL MATCH (made:Conversion {id: row.id})
OPTIONAL MATCH (cancelled:CancelledConversion {id: row.id})
WITH row, coalesce(made, cancelled) AS conversion
SET conversion.value = row.value, conversion.refunded = row.refunded
WITH conversion
MATCH (customer)-[:MADE|CANCELLED]->(conversion)
SET customer.changedBy = coalesce($load, customer.changedBy)
