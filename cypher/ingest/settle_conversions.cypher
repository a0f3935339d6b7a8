// Stores what is left of the values of conversions after their refunds.
// $rows LIST<MAP>: id of a conversion, its value (currency, net) and what was refunded (currency)
UNWIND $rows AS row
OPTIONAL MATCH (made:Conversion {id: row.id})
OPTIONAL MATCH (cancelled:CancelledConversion {id: row.id})
WITH row, coalesce(made, cancelled) AS conversion
SET conversion.value = row.value, conversion.refunded = row.refunded
