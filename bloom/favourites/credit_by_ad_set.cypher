// Credit by ad set
// One model's credit of each ad set in a run: the credit of its creatives, with their known cost.
// Creatives without an ad set are left out.
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: maximum rows
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
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (chosen)-[assigned:ASSIGNED]->(creative:Creative)
WHERE assigned.model = $model
MATCH (creative)-[:PART_OF]->(set:AdSet)-[:PART_OF]->(campaign:Campaign)
RETURN set.id AS adSet, campaign.id AS campaign, count(creative) AS creatives,
  sum(assigned.credit) AS conversions, sum(assigned.value) AS value, sum(assigned.cost) AS cost,
  chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, adSet
LIMIT coalesce(toInteger($limit), 1)
