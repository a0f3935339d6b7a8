// Return by campaign
// One model's cost and return of each campaign in a run, most expensive first: cost, the share
// of touches whose cost is known, return on advertising spend (ROAS) with its interval, and shares of
// credit and of spend. Campaigns with spend and no touch have a value of 0.
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
MATCH (chosen)-[assigned:ASSIGNED]->(campaign:Campaign)
WHERE assigned.model = $model AND assigned.cost IS NOT NULL
RETURN campaign.id AS campaign, campaign.name AS name, assigned.value AS value, assigned.cost AS cost,
  assigned.currency AS currency, assigned.costCoverage AS costCoverage, assigned.roas AS roas,
  assigned.roasLow AS roasLow, assigned.roasHigh AS roasHigh,
  assigned.shareOfCredit AS shareOfCredit, assigned.shareOfSpend AS shareOfSpend,
  chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays
ORDER BY cost DESC, campaign
LIMIT coalesce(toInteger($limit), 1)
