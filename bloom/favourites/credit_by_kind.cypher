// Credit by kind
// One model's credit of each channel for each kind of conversion: a run and those of other kinds that
// the same command made. Kinds have journeys of their own, so their credits are not to be added up.
// $model STRING: name of the model, such as 'linear'
// $run STRING OR NULL: id or name of a run; null for the published one
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END,
  active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH chosen, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the run'
  ELSE 'cartesian' END}) AS checked
MATCH (run:Run {job: 'attribute', status: 'done', fingerprint: chosen.fingerprint})
WHERE run.kind IS NOT NULL AND (run = chosen OR chosen.others IS NULL OR run.id IN chosen.others)
WITH run ORDER BY run = chosen DESC, run.started DESC, run.id
WITH run.kind AS kind, head(collect(run)) AS run
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (run)-[assigned:ASSIGNED]->(channel:Channel)
WHERE assigned.model = $model
RETURN kind, channel.name AS channel, assigned.credit AS conversions, assigned.value AS value,
  run.id AS run, $model AS model, run.windowStart AS windowStart,
  run.windowEnd AS windowEnd, run.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY kind, conversions DESC, channel
