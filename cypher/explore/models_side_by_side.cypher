// How the models of the current run differ: for each channel, campaign or creative, the conversions that
// each model credits it with, in the order of models.
// $level STRING: channel, campaign or creative
// $limit INTEGER: at most so many rows
MATCH (a:Active {job: 'attribute'})
WITH a.run AS run
MATCH (r:Run {id: run})
UNWIND range(0, size(r.models) - 1) AS i
WITH r, i, r.models[i] AS model
MATCH (r)-[x:ASSIGNED]->(n)
WHERE x.level = $level AND x.model = model
WITH r.models AS models, n, i, x ORDER BY i
WITH models, n, collect(x.credit) AS conversions
RETURN CASE WHEN n:Channel THEN n.name ELSE n.id END AS key, models, conversions,
  reduce(top = 0.0, one IN conversions | CASE WHEN one > top THEN one ELSE top END) AS most
ORDER BY most DESC, key
LIMIT $limit
