// Those of these refunds that the graph has.
// $id LIST<STRING>: ids of refunds
UNWIND $id AS id
MATCH (refund:Refund {id: id})
RETURN refund.id AS id, refund.order AS order, refund.kind AS kind, refund.amount AS amount,
  refund.timestamp.epochMillis AS time
