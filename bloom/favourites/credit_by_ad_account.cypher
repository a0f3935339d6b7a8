// Credit by ad account
// One model's credit of each ad account in a run: the credit of its campaigns, with their known
// cost. Campaigns without an account have a row of their own, without an id.
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
OPTIONAL MATCH (campaign)-[:PART_OF]->(account:AdAccount)
RETURN account.id AS account, count(campaign) AS campaigns,
  sum(assigned.credit) AS conversions, sum(assigned.value) AS value, sum(assigned.cost) AS cost,
  chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, account
