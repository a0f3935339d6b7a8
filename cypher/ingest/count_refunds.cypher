// Number of refunds.
MATCH (refund:Refund) RETURN count(refund) AS refunds
