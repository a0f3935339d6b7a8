// The largest gains and losses of credit between two runs, by one model. An entity that is missing in one
// of the runs has a credit of 0 there.
// $before STRING: id of the older run
// $after STRING: id of the newer run
// $level STRING: channel, campaign or creative
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: maximum rows
UNWIND [$before, $after] AS run
MATCH (:Run {id: run})-[assigned:ASSIGNED]->(entity)
WHERE assigned.level = $level AND assigned.model = $model
WITH entity, sum(CASE WHEN run = $before THEN assigned.credit ELSE 0.0 END) AS before,
  sum(CASE WHEN run = $after THEN assigned.credit ELSE 0.0 END) AS after
RETURN CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key,
  before, after, after - before AS change
ORDER BY abs(change) DESC, key
LIMIT $limit
