// Channels, campaigns or creatives that are in the current run but not in an earlier one, with their
// credit by one model.
// $before STRING: id of the earlier run
// $level STRING: channel, campaign or creative
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: maximum rows
MATCH (active:Active {job: 'attribute'})
WITH active.run AS run
MATCH (:Run {id: run})-[assigned:ASSIGNED]->(entity)
WHERE assigned.level = $level AND assigned.model = $model
  AND NOT EXISTS { (entity)<-[:ASSIGNED]-(:Run {id: $before}) }
RETURN CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key,
  assigned.credit AS conversions, assigned.touches AS touches, assigned.cost AS cost
ORDER BY conversions DESC, key
LIMIT $limit
