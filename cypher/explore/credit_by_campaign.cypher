// One model's credit of each campaign in the current run, with cost, cost per credited conversion, return
// on advertising spend (ROAS) and budget.
// $model STRING: name of the model, such as 'linear'
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS run, point({x: 0, y: 0, crs: CASE
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (current:Run {id: run})-[assigned:ASSIGNED]->(campaign:Campaign)
WHERE assigned.model = $model
RETURN campaign.id AS campaign, campaign.name AS name, assigned.credit AS conversions,
  assigned.value AS value, assigned.cost AS cost,
  CASE WHEN assigned.credit > 0 THEN assigned.cost / assigned.credit END AS costPerConversion,
  assigned.roas AS roas, campaign.budget AS budget,
  current.id AS run, $model AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, campaign
