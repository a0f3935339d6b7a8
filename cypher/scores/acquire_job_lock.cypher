// Locks a job: the transaction holds the lock of its Active node until it ends, so that no other run of the
// job can write or publish. Returns the id of the current run, if any.
// $job STRING: the job's name
MERGE (active:Active {job: $job})
SET active.lockCount = coalesce(active.lockCount, 0) + 1
RETURN active.run AS run
