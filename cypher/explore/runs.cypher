// The runs of attribution, newest first: when, over what, by which models, with which code, and whether
// readers see it now.
// $limit INTEGER: at most so many rows
MATCH (r:Run {job: 'attribute'})
OPTIONAL MATCH (a:Active {job: 'attribute'})
RETURN r.id AS run, r.started AS started, r.finished AS finished, r.status AS status,
  r.models AS models, r.touchModel AS touchModel, r.windowStart AS windowStart,
  r.windowEnd AS windowEnd, r.codeVersion AS codeVersion, r.fingerprint AS fingerprint,
  coalesce(a.run = r.id, false) AS current
ORDER BY started DESC, run
LIMIT $limit
