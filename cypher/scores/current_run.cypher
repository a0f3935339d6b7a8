// The run of a job that readers see; no record before the first.
// $job STRING: the job's name
MATCH (active:Active {job: $job})
MATCH (run:Run {id: active.run})
RETURN run.id AS id, run.job AS job, run.status AS status, run.models AS models,
  run.touchModel AS touchModel, run.kind AS kind,
  run.parameters AS parameters, run.windowStart.epochMillis AS windowStart,
  run.windowEnd.epochMillis AS windowEnd, run.codeVersion AS codeVersion, run.fingerprint AS fingerprint,
  run.seed AS seed, run.started.epochMillis AS started, run.finished.epochMillis AS finished,
  run.summary AS summary, true AS current
