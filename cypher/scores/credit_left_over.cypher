// Finished runs of a job with credit that no reader needs: CREDITED of runs that are not published, and
// KEPT_CREDIT of the published one.
// $job STRING: the job's name
MATCH (run:Run {job: $job, status: 'done'})
OPTIONAL MATCH (active:Active {job: $job})
WITH run.id AS run, coalesce(run.id = active.run, false) AS published
CALL (run, published) {
  WITH run, published WHERE published
  MATCH ()-[kept:KEPT_CREDIT {run: run}]->()
  USING INDEX SEEK kept:KEPT_CREDIT(run)
  RETURN 1 AS leftOver LIMIT 1
  UNION ALL
  WITH run, published WHERE NOT published
  MATCH ()-[credited:CREDITED {run: run}]->()
  USING INDEX SEEK credited:CREDITED(run)
  RETURN 1 AS leftOver LIMIT 1
}
RETURN run, published
