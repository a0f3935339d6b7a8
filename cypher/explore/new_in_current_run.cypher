// Channels, campaigns or creatives of the current run that an earlier one did not know: what was
// introduced since, with what a model credits it with.
// $before STRING: id of the earlier run
// $level STRING: channel, campaign or creative
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: at most so many rows
MATCH (a:Active {job: 'attribute'})
WITH a.run AS run
MATCH (:Run {id: run})-[x:ASSIGNED]->(n)
WHERE x.level = $level AND x.model = $model
  AND NOT EXISTS { (n)<-[:ASSIGNED]-(:Run {id: $before}) }
RETURN CASE WHEN n:Channel THEN n.name ELSE n.id END AS key, x.credit AS conversions,
  x.touches AS touches, x.cost AS cost
ORDER BY conversions DESC, key
LIMIT $limit
