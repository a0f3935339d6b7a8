// The conversions that each model of a run credits to channels, campaigns or creatives: one row per model
// and entity, as charts with a bar per model need them.
// $level STRING: channel, campaign or creative
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
  ELSE 'cartesian' END}) AS checked
MATCH (chosen)-[assigned:ASSIGNED]->(entity) WHERE assigned.level = $level
RETURN CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key, assigned.model AS model,
  assigned.credit AS conversions
ORDER BY conversions DESC, key, model
