// One model's credit of each channel for each kind of conversion: the newest run of each kind on the data of
// the current run. Kinds have journeys of their own, so their credits are not to be added up.
// $model STRING: name of the model, such as 'linear'
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active, point({x: 0, y: 0, crs: CASE
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  ELSE 'cartesian' END}) AS checked
MATCH (current:Run {id: active.run})
WITH current.fingerprint AS fingerprint
MATCH (run:Run {job: 'attribute', status: 'done', fingerprint: fingerprint})
WHERE run.kind IS NOT NULL
WITH run ORDER BY run.started DESC, run.id
WITH run.kind AS kind, head(collect(run)) AS run
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (run)-[assigned:ASSIGNED]->(channel:Channel)
WHERE assigned.model = $model
RETURN kind, channel.name AS channel, assigned.credit AS conversions, assigned.value AS value,
  run.id AS run, $model AS model, run.windowStart AS windowStart,
  run.windowEnd AS windowEnd, run.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY kind, conversions DESC, channel
