// Models disagree
// Where two models of a run disagree most, in money: the value that each of them credits to channels, campaigns or
// creatives, and what the second credits more than the first, the largest difference first.
// $level STRING: channel, campaign or creative
// $model STRING: name of the model, such as 'linear'
// $other STRING: name of the other model, such as 'incremental'
// $limit INTEGER: maximum rows
// $run STRING OR NULL: id or name of a run; null for the published one
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END,
  active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH chosen, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN NOT coalesce($level IN ['channel', 'campaign', 'creative'], false)
    THEN 'invalid parameter: $level must be channel, campaign or creative'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the run'
  WHEN $other = $model OR NOT EXISTS { (chosen)-[:ASSIGNED {model: $other}]->() }
    THEN 'invalid parameter: $other must be another model of the run'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (chosen)-[assigned:ASSIGNED]->(entity)
WHERE assigned.level = $level AND assigned.model IN [$model, $other]
WITH chosen, currency, entity,
  sum(CASE assigned.model WHEN $model THEN assigned.value ELSE 0.0 END) AS value,
  sum(CASE assigned.model WHEN $other THEN assigned.value ELSE 0.0 END) AS otherValue,
  sum(CASE assigned.model WHEN $model THEN assigned.credit ELSE 0.0 END) AS conversions,
  sum(CASE assigned.model WHEN $other THEN assigned.credit ELSE 0.0 END) AS otherConversions
RETURN CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key, value, otherValue,
  otherValue - value AS difference, conversions, otherConversions,
  $other AS otherModel, chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY abs(difference) DESC, key
LIMIT coalesce(toInteger($limit), 1)
