// The runs of a job, newest first, with whether each is the current one; or that one alone.
// $job STRING: the job's name
// $onlyCurrent BOOLEAN: whether to return the current run alone
MATCH (run:Run {job: $job})
OPTIONAL MATCH (active:Active {job: $job})
WITH run, active WHERE NOT $onlyCurrent OR run.id = active.run
RETURN run.id AS id, run.job AS job, run.status AS status, run.models AS models,
  run.touchModel AS touchModel, run.kind AS kind, run.name AS name,
  coalesce(run.pinned, false) AS pinned, run.others AS others,
  coalesce(run.version, 1) AS version, run.seenLoad AS seen,
  run.parameters AS parameters, run.windowStart.epochMillis AS windowStart,
  run.windowEnd.epochMillis AS windowEnd, run.codeVersion AS codeVersion, run.fingerprint AS fingerprint,
  run.seed AS seed, run.started.epochMillis AS started, run.finished.epochMillis AS finished,
  run.summary AS summary, coalesce(active.run = run.id, false) AS current
ORDER BY run.started DESC, run.id
