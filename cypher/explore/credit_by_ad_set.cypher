// One model's credit of each ad set in the current run: the credit of its creatives, with their known cost.
// Creatives without an ad set are left out.
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
WHERE assigned.model = $model
MATCH (creative)-[:PART_OF]->(set:AdSet)-[:PART_OF]->(campaign:Campaign)
RETURN set.id AS adSet, campaign.id AS campaign, count(creative) AS creatives,
  sum(assigned.credit) AS conversions, sum(assigned.value) AS value, sum(assigned.cost) AS cost,
  current.id AS run, $model AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, adSet
LIMIT coalesce(toInteger($limit), 1)
