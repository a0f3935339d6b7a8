// Writes tombstones of erased customers; one that holds for all events stays so.
// $id LIST<STRING>: tombstones
// $since LIST<INTEGER>: epoch milliseconds from which on events were erased, null for all of them
UNWIND range(0, size($id) - 1) AS row
WITH $id[row] AS id,
  CASE WHEN $since[row] IS NULL THEN null ELSE datetime({epochMillis: $since[row]}) END AS since
MERGE (tombstone:Tombstone {id: id})
ON CREATE SET tombstone.since = since
ON MATCH SET tombstone.since = CASE
  WHEN tombstone.since IS NULL OR since IS NULL THEN null
  WHEN tombstone.since < since THEN tombstone.since
  ELSE since END
