// Creates missing links of ids.
// $id LIST<STRING>: id of each link, sorted
// $anonymous LIST<STRING>: keyed hash of the id that belongs to a person
// $person LIST<STRING>: keyed hash of the person's id
// $since LIST<INTEGER>: epoch milliseconds from which on it does, null for always
UNWIND range(0, size($id) - 1) AS row
MERGE (identity:Identity {id: $id[row]})
ON CREATE SET identity.hash = $anonymous[row], identity.userHash = $person[row],
  identity.validFrom = CASE
    WHEN $since[row] IS NULL THEN null
    ELSE datetime({epochMillis: $since[row]}) END
