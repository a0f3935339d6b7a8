// Creatives with a cost but no credit in the current run, most expensive first.
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: maximum rows
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS run, point({x: 0, y: 0, crs: CASE
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (current:Run {id: run})-[assigned:ASSIGNED]->(creative:Creative)
WHERE assigned.model = $model AND assigned.cost > 0 AND assigned.credit = 0
OPTIONAL MATCH (creative)-[:PART_OF]->(campaign:Campaign)
RETURN creative.id AS creative, creative.name AS name, campaign.id AS campaign,
  assigned.cost AS cost, assigned.touches AS touches,
  current.id AS run, $model AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY cost DESC, creative
LIMIT coalesce(toInteger($limit), 1)
