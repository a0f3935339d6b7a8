// What a model credits each campaign with in the current run, beside its cost: cost of a credited
// conversion, return on advertising spend, and its budget.
// $model STRING: name of the model, such as 'linear'
MATCH (a:Active {job: 'attribute'})
WITH a.run AS run
MATCH (:Run {id: run})-[x:ASSIGNED]->(k:Campaign)
WHERE x.model = $model
RETURN k.id AS campaign, k.name AS name, x.credit AS conversions, x.value AS value, x.cost AS cost,
  CASE WHEN x.credit > 0 THEN x.cost / x.credit END AS costPerConversion, x.roas AS roas,
  k.budget AS budget
ORDER BY conversions DESC, campaign
