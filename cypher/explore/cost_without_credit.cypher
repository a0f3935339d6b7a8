// Creatives that cost something in the current run and are credited with nothing, dearest first.
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: at most so many rows
MATCH (a:Active {job: 'attribute'})
WITH a.run AS run
MATCH (:Run {id: run})-[x:ASSIGNED]->(r:Creative)
WHERE x.model = $model AND x.cost > 0 AND x.credit = 0
OPTIONAL MATCH (r)-[:PART_OF]->(k:Campaign)
RETURN r.id AS creative, r.name AS name, k.id AS campaign, x.cost AS cost, x.touches AS touches
ORDER BY cost DESC, creative
LIMIT $limit
