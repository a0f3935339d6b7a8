// Marks a run whose scores are about to be deleted, so that a deletion that is killed is gone on with.
// $run STRING: the run's id
MATCH (r:Run {id: $run})
SET r.status = 'deleting'
