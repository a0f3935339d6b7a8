// Runs
// The attribution runs, newest first: name, times, window, models, kind of conversion, code version,
// fingerprint of the data, whether it is the current run, and whether it is pinned.
// $limit INTEGER: maximum rows
WITH point({x: 0, y: 0, crs: CASE
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (run:Run {job: 'attribute'})
OPTIONAL MATCH (active:Active {job: 'attribute'})
RETURN run.id AS run, run.name AS name, run.started AS started, run.finished AS finished, run.status AS status,
  run.models AS models, run.touchModel AS touchModel, run.kind AS kind, run.windowStart AS windowStart,
  run.windowEnd AS windowEnd, run.codeVersion AS codeVersion, run.fingerprint AS fingerprint,
  coalesce(active.run = run.id, false) AS current, coalesce(run.pinned, false) AS pinned
ORDER BY started DESC, run
LIMIT coalesce(toInteger($limit), 1)
