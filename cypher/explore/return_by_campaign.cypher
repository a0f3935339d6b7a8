// One model's cost and return of each campaign in the current run, most expensive first: cost, the share
// of touches whose cost is known, return on advertising spend (ROAS) with its interval, and shares of
// credit and of spend. Campaigns with spend and no touch have a value of 0.
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: maximum rows
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS run, point({x: 0, y: 0, crs: CASE
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (current:Run {id: run})-[assigned:ASSIGNED]->(campaign:Campaign)
WHERE assigned.model = $model AND assigned.cost IS NOT NULL
RETURN campaign.id AS campaign, campaign.name AS name, assigned.value AS value, assigned.cost AS cost,
  assigned.currency AS currency, assigned.costCoverage AS costCoverage, assigned.roas AS roas,
  assigned.roasLow AS roasLow, assigned.roasHigh AS roasHigh,
  assigned.shareOfCredit AS shareOfCredit, assigned.shareOfSpend AS shareOfSpend,
  current.id AS run, $model AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays
ORDER BY cost DESC, campaign
LIMIT coalesce(toInteger($limit), 1)
