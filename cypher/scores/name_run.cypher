// Names a run, or takes its name away.
// $run STRING: the run's id
// $name STRING: the name, which no other run has; null for none
MATCH (run:Run {id: $run})
SET run.name = $name
RETURN run.id AS run
