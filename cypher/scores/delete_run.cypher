// Deletes a run's node once its scores are gone.
// $run STRING: the run's id
MATCH (r:Run {id: $run})
DETACH DELETE r
