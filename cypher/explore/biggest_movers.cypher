// What gained and lost most credit from one run to another, by one model; a key that one of the runs does
// not know has 0 there.
// $before STRING: id of the older run
// $after STRING: id of the newer run
// $level STRING: channel, campaign or creative
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: at most so many rows
UNWIND [$before, $after] AS run
MATCH (:Run {id: run})-[x:ASSIGNED]->(n)
WHERE x.level = $level AND x.model = $model
WITH n, sum(CASE WHEN run = $before THEN x.credit ELSE 0.0 END) AS before,
  sum(CASE WHEN run = $after THEN x.credit ELSE 0.0 END) AS after
RETURN CASE WHEN n:Channel THEN n.name ELSE n.id END AS key, before, after, after - before AS change
ORDER BY abs(change) DESC, key
LIMIT $limit
