// Makes a finished run that of newer data: its next version, and the loads by which they differ. Its credit has been
// replaced in the same transaction.
// $run STRING: the run's id
// $fingerprint STRING: hash of the data
// $parameters STRING: all parameters, as JSON
// $models LIST<STRING>: names of the models that have an answer
// $summary STRING: results that belong to no node, as JSON
// $seen INTEGER: number of the last load up to which all are in the data
// $extended INTEGER: when, epoch milliseconds
MATCH (run:Run {id: $run})
WITH run, run.seenLoad AS before
SET run.fingerprint = $fingerprint, run.parameters = $parameters, run.models = $models,
  run.summary = $summary, run.version = coalesce(run.version, 1) + 1, run.seenLoad = $seen,
  run.extended = datetime({epochMillis: $extended}), run.erasedCustomers = null
WITH run, before
CALL (run, before) {
  MATCH (load:Load) WHERE before < load.number <= $seen
  CREATE (run)-[extended:EXTENDED_BY {version: run.version}]->(load)
  RETURN count(extended) AS loads
}
RETURN run.version AS version, loads
