// Finished runs of a job with credit that no reader needs: CREDITED of runs that are not published, and
// KEPT_CREDIT of the published one.
// $job STRING: the job's name
MATCH (run:Run {job: $job, status: 'done'})
OPTIONAL MATCH (active:Active {job: $job})
WITH run.id AS run, coalesce(run.id = active.run, false) AS published
// a condition on the run would be checked after all of its credit is read; nothing has a run of null
CALL (run, published) {
  WITH CASE WHEN published THEN run END AS shown
  MATCH ()-[kept:KEPT_CREDIT {run: shown}]->()
  USING INDEX SEEK kept:KEPT_CREDIT(run)
  RETURN 1 AS leftOver LIMIT 1
  UNION ALL
  WITH CASE WHEN NOT published THEN run END AS hidden
  MATCH ()-[credited:CREDITED {run: hidden}]->()
  USING INDEX SEEK credited:CREDITED(run)
  RETURN 1 AS leftOver LIMIT 1
}
RETURN run, published
