// Number of refunds that reduce nothing, by the order that they name.
MATCH (refund:Refund) WHERE NOT EXISTS { (refund)-[:REDUCES]->() }
RETURN refund.order AS order, count(*) AS refunds
ORDER BY order
