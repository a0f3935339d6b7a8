// Creates the node of a run that begins. Readers see its scores only after it is published.
// $id STRING: the run's id
// $job STRING: the job's name
// $models LIST<STRING>: names of the models, in order
// $touchModel STRING: the model whose credit is written for each touch, or null
// $kind STRING: the one kind of conversion that is credited, or null for several
// $parameters STRING: all parameters, as JSON
// $lookbackDays FLOAT: days before a conversion in which touches count, or null
// $windowStart INTEGER: epoch milliseconds, or null for no start
// $windowEnd INTEGER: epoch milliseconds, or null for no end
// $codeVersion STRING: version of attrigraph
// $fingerprint STRING: hash of the data that were read
// $seed INTEGER: random seed
// $seen INTEGER: number of the last load up to which all are in the data
// $started INTEGER: epoch milliseconds
CREATE (run:Run {
  id: $id, job: $job, status: 'running', models: $models, touchModel: $touchModel, kind: $kind,
  parameters: $parameters, lookbackDays: $lookbackDays, codeVersion: $codeVersion, fingerprint: $fingerprint, seed: $seed,
  seenLoad: $seen,
  windowStart: CASE WHEN $windowStart IS NULL THEN null ELSE datetime({epochMillis: $windowStart}) END,
  windowEnd: CASE WHEN $windowEnd IS NULL THEN null ELSE datetime({epochMillis: $windowEnd}) END,
  started: datetime({epochMillis: $started})
})
RETURN run.id AS run
