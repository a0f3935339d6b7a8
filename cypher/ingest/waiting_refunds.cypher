// Refunds that no conversion has yet, with whether the graph has the conversion by now.
MATCH (refund:Refund) WHERE NOT EXISTS { (refund)-[:REDUCES]->() }
RETURN refund.id AS id, refund.order AS order,
  EXISTS { MATCH (:Conversion {id: refund.order}) }
    OR EXISTS { MATCH (:CancelledConversion {id: refund.order}) } AS known
ORDER BY order, id
