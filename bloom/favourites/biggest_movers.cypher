// Biggest movers
// The largest gains and losses of credit between two runs, by one model. An entity that is missing in one
// of the runs has a credit of 0 there.
// $before STRING: id or name of the older run
// $after STRING: id or name of the newer run
// $level STRING: channel, campaign or creative
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: maximum rows
WITH CASE WHEN $before IS :: STRING THEN $before ELSE toString(toInteger($before)) END AS before,
  CASE WHEN $after IS :: STRING THEN $after ELSE toString(toInteger($after)) END AS after
OPTIONAL MATCH (older:Run {job: 'attribute', status: 'done'}) WHERE older.id = before OR older.name = before
OPTIONAL MATCH (newer:Run {job: 'attribute', status: 'done'}) WHERE newer.id = after OR newer.name = after
WITH older, newer, point({x: 0, y: 0, crs: CASE
  WHEN older IS NULL THEN 'invalid parameter: $before must be a finished run, by id or name'
  WHEN newer IS NULL THEN 'invalid parameter: $after must be a finished run, by id or name'
  WHEN NOT coalesce($level IN ['channel', 'campaign', 'creative'], false)
    THEN 'invalid parameter: $level must be channel, campaign or creative'
  WHEN NOT EXISTS { (older)-[:ASSIGNED {model: $model}]->() }
    OR NOT EXISTS { (newer)-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of both runs'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
UNWIND [older, newer] AS run
MATCH (run)-[assigned:ASSIGNED]->(entity)
WHERE assigned.level = $level AND assigned.model = $model
WITH older, newer, entity, sum(CASE WHEN run = older THEN assigned.credit ELSE 0.0 END) AS before,
  sum(CASE WHEN run = newer THEN assigned.credit ELSE 0.0 END) AS after
RETURN CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key,
  before, after, after - before AS change, older.id AS beforeRun, newer.id AS afterRun, $model AS model,
  older.windowStart AS beforeWindowStart, older.windowEnd AS beforeWindowEnd,
  newer.windowStart AS afterWindowStart, newer.windowEnd AS afterWindowEnd,
  older.lookbackDays AS beforeLookbackDays, newer.lookbackDays AS afterLookbackDays
ORDER BY abs(change) DESC, key
LIMIT coalesce(toInteger($limit), 1)
