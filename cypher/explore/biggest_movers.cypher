// The largest gains and losses of credit between two runs, by one model. An entity that is missing in one
// of the runs has a credit of 0 there.
// $before STRING: id of the older run
// $after STRING: id of the newer run
// $level STRING: channel, campaign or creative
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: maximum rows
OPTIONAL MATCH (older:Run {id:
  CASE WHEN $before IS :: STRING THEN $before ELSE toString(toInteger($before)) END, job: 'attribute'})
OPTIONAL MATCH (newer:Run {id:
  CASE WHEN $after IS :: STRING THEN $after ELSE toString(toInteger($after)) END, job: 'attribute'})
WITH older, newer, point({x: 0, y: 0, crs: CASE
  WHEN older IS NULL THEN 'invalid parameter: $before must be the id of an attribution run'
  WHEN newer IS NULL THEN 'invalid parameter: $after must be the id of an attribution run'
  WHEN NOT coalesce($level IN ['channel', 'campaign', 'creative'], false)
    THEN 'invalid parameter: $level must be channel, campaign or creative'
  WHEN NOT EXISTS { (older)-[:ASSIGNED {model: $model}]->() }
    OR NOT EXISTS { (newer)-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of both runs'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
UNWIND [older, newer] AS run
MATCH (run)-[assigned:ASSIGNED]->(entity)
WHERE assigned.level = $level AND assigned.model = $model
WITH entity, sum(CASE WHEN run = older THEN assigned.credit ELSE 0.0 END) AS before,
  sum(CASE WHEN run = newer THEN assigned.credit ELSE 0.0 END) AS after
RETURN CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key,
  before, after, after - before AS change
ORDER BY abs(change) DESC, key
LIMIT coalesce(toInteger($limit), 1)
