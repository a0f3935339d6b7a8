// Pins a run, so that later runs never delete it, or ends that.
// $run STRING: the run's id
// $pinned BOOLEAN: whether it is pinned from now on
MATCH (run:Run {id: $run})
SET run.pinned = $pinned
RETURN run.id AS run
