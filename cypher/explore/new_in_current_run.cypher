// Channels, campaigns or creatives that are in the current run but not in an earlier one, with their
// credit by one model.
// $before STRING: id of the earlier run
// $level STRING: channel, campaign or creative
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: maximum rows
OPTIONAL MATCH (active:Active {job: 'attribute'})
OPTIONAL MATCH (earlier:Run {id:
  CASE WHEN $before IS :: STRING THEN $before ELSE toString(toInteger($before)) END, job: 'attribute'})
WITH earlier, active.run AS run, point({x: 0, y: 0, crs: CASE
  WHEN earlier IS NULL THEN 'invalid parameter: $before must be the id of an attribution run'
  WHEN NOT coalesce($level IN ['channel', 'campaign', 'creative'], false)
    THEN 'invalid parameter: $level must be channel, campaign or creative'
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (current:Run {id: run})-[assigned:ASSIGNED]->(entity)
WHERE assigned.level = $level AND assigned.model = $model
  AND NOT EXISTS { (entity)<-[:ASSIGNED]-(earlier) }
RETURN CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key,
  assigned.credit AS conversions, assigned.touches AS touches, assigned.cost AS cost,
  current.id AS run, $model AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, key
LIMIT coalesce(toInteger($limit), 1)
