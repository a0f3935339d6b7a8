// All links that name any of these ids, as parallel lists in one record. The customer is '' where the
// events of the id were not moved to the customer of the link yet.
// $hash LIST<STRING>: keyed hashes of ids
// $noTime INTEGER: represents a missing time
UNWIND $hash AS hash
CALL (hash) {
  MATCH (identity:Identity {hash: hash}) RETURN identity
  UNION
  MATCH (identity:Identity {userHash: hash}) RETURN identity
}
WITH DISTINCT identity
RETURN collect(identity.hash) AS anonymous, collect(identity.userHash) AS person,
  collect(coalesce(identity.validFrom.epochMillis, $noTime)) AS since,
  collect(coalesce(identity.customerId, '')) AS customer
