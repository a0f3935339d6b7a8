// The attribution runs, newest first: times, window, models, kind of conversion, code version, fingerprint of the data, and
// whether it is the current run.
// $limit INTEGER: maximum rows
MATCH (run:Run {job: 'attribute'})
OPTIONAL MATCH (active:Active {job: 'attribute'})
RETURN run.id AS run, run.started AS started, run.finished AS finished, run.status AS status,
  run.models AS models, run.touchModel AS touchModel, run.kind AS kind, run.windowStart AS windowStart,
  run.windowEnd AS windowEnd, run.codeVersion AS codeVersion, run.fingerprint AS fingerprint,
  coalesce(active.run = run.id, false) AS current
ORDER BY started DESC, run
LIMIT $limit
