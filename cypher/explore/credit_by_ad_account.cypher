// One model's credit of each ad account in the current run: the credit of its campaigns, with their known
// cost. Campaigns without an account have a row of their own, without an id.
// $model STRING: name of the model, such as 'linear'
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS run, point({x: 0, y: 0, crs: CASE
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (current:Run {id: run})-[assigned:ASSIGNED]->(campaign:Campaign)
WHERE assigned.model = $model
OPTIONAL MATCH (campaign)-[:PART_OF]->(account:AdAccount)
RETURN account.id AS account, count(campaign) AS campaigns,
  sum(assigned.credit) AS conversions, sum(assigned.value) AS value, sum(assigned.cost) AS cost,
  current.id AS run, $model AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, account
