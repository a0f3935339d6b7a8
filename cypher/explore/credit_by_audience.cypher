// Credit of the current run rolled up through the tree of audiences: a campaign's credit is shared equally
// among the audiences it targets, and each audience includes those within it. Only a tree's top rows add
// up to the credit of campaigns that target somebody.
// $model STRING: name of the model, such as 'linear'
MATCH (a:Active {job: 'attribute'})
WITH a.run AS run
MATCH (:Run {id: run})-[x:ASSIGNED]->(k:Campaign)
WHERE x.model = $model
MATCH (k)-[:TARGETS]->(u:Audience)
WITH k, x, collect(DISTINCT u) AS targeted
UNWIND targeted AS u
WITH x, size(targeted) AS shares, u
MATCH (u)-[:WITHIN*0..20]->(around:Audience)
RETURN around.id AS audience, around.name AS name, sum(x.credit / shares) AS conversions,
  sum(x.value / shares) AS value
ORDER BY conversions DESC, audience
