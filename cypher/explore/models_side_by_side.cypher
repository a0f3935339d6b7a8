// Comparison of the models of the current run: for each channel, campaign or creative, the conversions
// that each model credits, in the order of models, and the highest of them.
// $level STRING: channel, campaign or creative
// $limit INTEGER: maximum rows
WITH point({x: 0, y: 0, crs: CASE
  WHEN NOT coalesce($level IN ['channel', 'campaign', 'creative'], false)
    THEN 'invalid parameter: $level must be channel, campaign or creative'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (active:Active {job: 'attribute'})
MATCH (current:Run {id: active.run})
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
UNWIND range(0, size(current.models) - 1) AS i
WITH current, currency, i, current.models[i] AS model
MATCH (current)-[assigned:ASSIGNED]->(entity)
WHERE assigned.level = $level AND assigned.model = model
WITH current, currency, current.models AS models, entity, i, assigned ORDER BY i
WITH current, currency, models, entity, collect(assigned.credit) AS conversions
RETURN CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key, models, conversions,
  reduce(highest = 0.0, credit IN conversions |
    CASE WHEN credit > highest THEN credit ELSE highest END) AS highest,
  current.id AS run, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY highest DESC, key
LIMIT coalesce(toInteger($limit), 1)
