// Conversions that these refunds reduce, with their values before refunds and all refunds of each; and of each
// refund the values before refunds of all conversions of its order that have the same kind.
// $id LIST<STRING>: ids of refunds
UNWIND $id AS id
MATCH (:Refund {id: id})-[:REDUCES]->(conversion)
WITH DISTINCT conversion ORDER BY conversion.id
RETURN conversion.id AS id, conversion.gross AS gross,
  COLLECT { MATCH (refund:Refund)-[:REDUCES]->(conversion)
    RETURN [refund.id, refund.order, refund.kind, refund.amount,
      COLLECT { MATCH (refund)-[:REDUCES]->(other) WHERE other.kind = conversion.kind RETURN other.gross }] }
    AS refunds
