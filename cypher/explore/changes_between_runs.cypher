// The differences between two runs: one row per property that differs.
// $before STRING: id of the older run
// $after STRING: id of the newer run
UNWIND [$before, $after] AS id
MATCH (run:Run {id: id})
WITH collect(run) AS runs
WITH head([run IN runs WHERE run.id = $before]) AS older,
  head([run IN runs WHERE run.id = $after]) AS newer
UNWIND ['models', 'touchModel', 'parameters', 'windowStart', 'windowEnd', 'codeVersion', 'fingerprint',
  'seed', 'summary'] AS property
WITH property, older[property] AS before, newer[property] AS after
WHERE before <> after OR (before IS NULL) <> (after IS NULL)
RETURN property, before, after
