// Deletes the plan of a run with what it allocates.
// $run STRING: the run's id
MATCH (plan:Plan {id: $run})
DETACH DELETE plan
