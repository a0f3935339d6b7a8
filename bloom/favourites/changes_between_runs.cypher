// Changes between runs
// The differences between two runs: one row per property that differs.
// $before STRING: id or name of the older run
// $after STRING: id or name of the newer run
WITH CASE WHEN $before IS :: STRING THEN $before ELSE toString(toInteger($before)) END AS before,
  CASE WHEN $after IS :: STRING THEN $after ELSE toString(toInteger($after)) END AS after
OPTIONAL MATCH (older:Run {job: 'attribute', status: 'done'}) WHERE older.id = before OR older.name = before
OPTIONAL MATCH (newer:Run {job: 'attribute', status: 'done'}) WHERE newer.id = after OR newer.name = after
WITH older, newer, point({x: 0, y: 0, crs: CASE
  WHEN older IS NULL THEN 'invalid parameter: $before must be a finished run, by id or name'
  WHEN newer IS NULL THEN 'invalid parameter: $after must be a finished run, by id or name'
  ELSE 'cartesian' END}) AS checked
UNWIND ['models', 'touchModel', 'kind', 'parameters', 'lookbackDays', 'windowStart', 'windowEnd',
  'codeVersion', 'fingerprint', 'seed', 'summary'] AS property
WITH older, newer, property, older[property] AS before, newer[property] AS after
WHERE before <> after OR (before IS NULL) <> (after IS NULL)
RETURN property, before, after, older.id AS beforeRun, newer.id AS afterRun
