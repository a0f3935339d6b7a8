// Writes refunds that the graph does not have.
// $rows LIST<MAP>: id, order (id of the conversion), kind, amount (currency, null for all) and at (epoch
// milliseconds, null if unknown)
UNWIND $rows AS row
MERGE (refund:Refund {id: row.id})
ON CREATE SET refund.order = row.order, refund.kind = row.kind, refund.amount = row.amount,
  refund.timestamp = CASE WHEN row.at IS NULL THEN null ELSE datetime({epochMillis: row.at}) END
