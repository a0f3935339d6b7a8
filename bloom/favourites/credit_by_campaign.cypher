// Credit by campaign
// One model's credit of each campaign in a run, with cost, cost per credited conversion, return
// on advertising spend (ROAS) and budget.
// $model STRING: name of the model, such as 'linear'
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
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (chosen)-[assigned:ASSIGNED]->(campaign:Campaign)
WHERE assigned.model = $model
RETURN campaign.id AS campaign, campaign.name AS name, assigned.credit AS conversions,
  assigned.value AS value, assigned.cost AS cost,
  CASE WHEN assigned.credit > 0 THEN assigned.cost / assigned.credit END AS costPerConversion,
  assigned.roas AS roas, campaign.budget AS budget,
  chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, campaign
