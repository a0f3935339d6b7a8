// Links refunds to their conversions, and locks these until the transaction ends. Returns the conversions with
// their values before refunds, and all refunds of each.
// $rows LIST<MAP>: id of a refund, and id (order) of its conversion; sorted by order, so that locks are taken
// in one order
UNWIND $rows AS row
OPTIONAL MATCH (made:Conversion {id: row.order})
OPTIONAL MATCH (cancelled:CancelledConversion {id: row.order})
WITH row, coalesce(made, cancelled) AS conversion WHERE conversion IS NOT NULL
SET conversion.gross = coalesce(conversion.gross, conversion.value)
WITH row, conversion
MATCH (refund:Refund {id: row.id})
MERGE (refund)-[:REDUCES]->(conversion)
WITH DISTINCT conversion
RETURN conversion.id AS order, conversion.gross AS gross,
  COLLECT { MATCH (refund:Refund)-[:REDUCES]->(conversion) RETURN [refund.id, refund.kind, refund.amount] }
    AS refunds
