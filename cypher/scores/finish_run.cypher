// Stores the summary and the end of a run that does not become the current one.
// $run STRING: the run's id
// $finished INTEGER: when it ended, epoch milliseconds
// $summary STRING: results that belong to no node, as JSON
MATCH (run:Run {id: $run})
SET run.status = 'done', run.finished = datetime({epochMillis: $finished}), run.summary = $summary
RETURN run.id AS run
