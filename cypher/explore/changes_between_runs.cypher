// What was asked or found differently of two runs: one row for each property that is not the same.
// $before STRING: id of the older run
// $after STRING: id of the newer run
UNWIND [$before, $after] AS run
MATCH (r:Run {id: run})
WITH collect(r) AS runs
WITH head([r IN runs WHERE r.id = $before]) AS b, head([r IN runs WHERE r.id = $after]) AS a
UNWIND ['models', 'touchModel', 'parameters', 'windowStart', 'windowEnd', 'codeVersion', 'fingerprint',
  'seed', 'summary'] AS property
WITH property, b[property] AS before, a[property] AS after
WHERE before <> after OR (before IS NULL) <> (after IS NULL)
RETURN property, before, after
