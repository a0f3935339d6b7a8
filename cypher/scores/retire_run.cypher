// Marks a run whose scores are about to be deleted, so that an interrupted deletion is resumed later.
// $run STRING: the run's id
MATCH (run:Run {id: $run})
SET run.status = 'deleting'
