// Notes that a run begins; its scores are not seen before the switch.
// $id STRING: the run's id
// $job STRING: the job's name
// $models LIST<STRING>: models, in the order asked
// $touchModel STRING: the model whose credit is written for each touch, or null
// $parameters STRING: all parameters, as JSON
// $windowStart INTEGER: epoch milliseconds, or null for no start
// $windowEnd INTEGER: epoch milliseconds, or null for no end
// $codeVersion STRING: version of attrigraph
// $fingerprint STRING: hash of the facts that were read
// $seed INTEGER: seed of what is sampled
// $started INTEGER: epoch milliseconds
CREATE (r:Run {
  id: $id, job: $job, status: 'running', models: $models, touchModel: $touchModel,
  parameters: $parameters, codeVersion: $codeVersion, fingerprint: $fingerprint, seed: $seed,
  windowStart: CASE WHEN $windowStart IS NULL THEN null ELSE datetime({epochMillis: $windowStart}) END,
  windowEnd: CASE WHEN $windowEnd IS NULL THEN null ELSE datetime({epochMillis: $windowEnd}) END,
  started: datetime({epochMillis: $started})
})
RETURN r.id AS run
