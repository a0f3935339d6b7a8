// Takes the turn of a job: the transaction holds the lock of its Active node until it ends, so that no
// other run of the job can write or switch. Returns the id of the run that readers see now, if any.
// $job STRING: the job's name
MERGE (a:Active {job: $job})
SET a.turn = coalesce(a.turn, 0) + 1
RETURN a.run AS run
