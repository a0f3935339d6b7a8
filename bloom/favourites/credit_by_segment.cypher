// Credit by segment
// One model's credit in a run by segment of the customers who converted, for each channel, campaign or creative.
// For runs of `attribute --segments FACT`, and models that credit single touches, which Markov chains and rate
// models do not.
// $level STRING: channel, campaign or creative
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: maximum rows
// $run STRING OR NULL: id or name of a run; null for the published one
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END, active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH chosen, chosen.id AS run, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN NOT coalesce($level IN ['channel', 'campaign', 'creative'], false)
    THEN 'invalid parameter: $level must be channel, campaign or creative'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the run'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED_IN]->() }
    THEN 'invalid parameter: $run must be a run with segments, which `attribute --segments FACT` makes'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED_IN {model: $model}]->() }
    THEN 'invalid parameter: $model must credit single touches; Markov chains and rate models do not, so they have no credit by segment'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (:Run)-[assigned:ASSIGNED_IN]->(entity)
USING INDEX SEEK assigned:ASSIGNED_IN(run, model, level)
WHERE assigned.run = run AND assigned.model = $model AND assigned.level = $level
RETURN assigned.fact AS fact, assigned.segment AS segment,
  CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key, assigned.credit AS conversions,
  assigned.value AS value, chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY segment, conversions DESC, key
LIMIT coalesce(toInteger($limit), 1)
