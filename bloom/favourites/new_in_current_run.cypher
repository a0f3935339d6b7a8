// New in current run
// Channels, campaigns or creatives that are in a run but not in an earlier one, with their credit by one
// model.
// $before STRING: id or name of the earlier run
// $level STRING: channel, campaign or creative
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: maximum rows
// $run STRING OR NULL: id or name of a run; null for the published one
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END, active.run) AS key,
  CASE WHEN $before IS :: STRING THEN $before ELSE toString(toInteger($before)) END AS before
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
OPTIONAL MATCH (earlier:Run {job: 'attribute', status: 'done'})
WHERE earlier.id = before OR earlier.name = before
WITH earlier, chosen, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN earlier IS NULL THEN 'invalid parameter: $before must be a finished run, by id or name'
  WHEN NOT coalesce($level IN ['channel', 'campaign', 'creative'], false)
    THEN 'invalid parameter: $level must be channel, campaign or creative'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the run'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (chosen)-[assigned:ASSIGNED]->(entity)
WHERE assigned.level = $level AND assigned.model = $model
  AND NOT EXISTS { (entity)<-[:ASSIGNED]-(earlier) }
RETURN CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key,
  assigned.credit AS conversions, assigned.touches AS touches, assigned.cost AS cost,
  chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, key
LIMIT coalesce(toInteger($limit), 1)
