// Credit of the current run rolled up through the tree of audiences: a campaign's credit is split equally
// among the audiences that it targets, and each audience includes those within it. Only the roots of the
// tree add up to the credit of all campaigns that target an audience.
// $model STRING: name of the model, such as 'linear'
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS run, point({x: 0, y: 0, crs: CASE
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (current:Run {id: run})-[assigned:ASSIGNED]->(campaign:Campaign)
WHERE assigned.model = $model
MATCH (campaign)-[:TARGETS]->(audience:Audience)
WITH current, currency, campaign, assigned, collect(DISTINCT audience) AS targeted
UNWIND targeted AS audience
WITH current, currency, assigned, size(targeted) AS shares, audience
MATCH (audience)-[:WITHIN*0..20]->(ancestor:Audience)
RETURN ancestor.id AS audience, ancestor.name AS name, sum(assigned.credit / shares) AS conversions,
  sum(assigned.value / shares) AS value,
  current.id AS run, $model AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, audience
