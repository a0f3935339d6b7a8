// The differences between two runs: one row per property that differs.
// $before STRING: id of the older run
// $after STRING: id of the newer run
OPTIONAL MATCH (older:Run {id:
  CASE WHEN $before IS :: STRING THEN $before ELSE toString(toInteger($before)) END, job: 'attribute'})
OPTIONAL MATCH (newer:Run {id:
  CASE WHEN $after IS :: STRING THEN $after ELSE toString(toInteger($after)) END, job: 'attribute'})
WITH older, newer, point({x: 0, y: 0, crs: CASE
  WHEN older IS NULL THEN 'invalid parameter: $before must be the id of an attribution run'
  WHEN newer IS NULL THEN 'invalid parameter: $after must be the id of an attribution run'
  ELSE 'cartesian' END}) AS checked
UNWIND ['models', 'touchModel', 'parameters', 'windowStart', 'windowEnd', 'codeVersion', 'fingerprint',
  'seed', 'summary'] AS property
WITH property, older[property] AS before, newer[property] AS after
WHERE before <> after OR (before IS NULL) <> (after IS NULL)
RETURN property, before, after
