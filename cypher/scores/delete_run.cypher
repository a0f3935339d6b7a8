// Deletes the node of a run, after its scores.
// $run STRING: the run's id
MATCH (run:Run {id: $run})
DETACH DELETE run
