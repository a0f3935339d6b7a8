// The runs of a job, newest first, each with whether readers see it now.
// $job STRING: the job's name
MATCH (r:Run {job: $job})
OPTIONAL MATCH (a:Active {job: $job})
RETURN r.id AS id, r.job AS job, r.status AS status, r.models AS models, r.touchModel AS touchModel,
  r.parameters AS parameters, r.windowStart.epochMillis AS windowStart,
  r.windowEnd.epochMillis AS windowEnd, r.codeVersion AS codeVersion, r.fingerprint AS fingerprint,
  r.seed AS seed, r.started.epochMillis AS started, r.finished.epochMillis AS finished,
  r.summary AS summary, coalesce(a.run = r.id, false) AS current
ORDER BY r.started DESC, r.id
