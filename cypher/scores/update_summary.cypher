// Replaces the summary of a finished run.
// $run STRING: the run's id
// $summary STRING: results that belong to no node, as JSON
MATCH (run:Run {id: $run, status: 'done'})
SET run.summary = $summary
