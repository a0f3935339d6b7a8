// Models side by side
// Comparison of the models of a run: for each channel, campaign or creative, the conversions
// that each model credits, in the order of models, and the highest of them.
// $level STRING: channel, campaign or creative
// $limit INTEGER: maximum rows
// $run STRING OR NULL: id or name of a run; null for the published one
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END,
  active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH chosen, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN NOT coalesce($level IN ['channel', 'campaign', 'creative'], false)
    THEN 'invalid parameter: $level must be channel, campaign or creative'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
UNWIND range(0, size(chosen.models) - 1) AS i
WITH chosen, currency, i, chosen.models[i] AS model
MATCH (chosen)-[assigned:ASSIGNED]->(entity)
WHERE assigned.level = $level AND assigned.model = model
WITH chosen, currency, chosen.models AS models, entity, i, assigned ORDER BY i
WITH chosen, currency, models, entity, collect(assigned.credit) AS conversions
RETURN CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key, models, conversions,
  reduce(highest = 0.0, credit IN conversions |
    CASE WHEN credit > highest THEN credit ELSE highest END) AS highest,
  chosen.id AS run, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY highest DESC, key
LIMIT coalesce(toInteger($limit), 1)
