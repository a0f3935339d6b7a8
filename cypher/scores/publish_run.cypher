// Makes a run the current one and stores its summary and end, in one statement. Queries use Active.run; the
// relationship CURRENT shows the same to people who browse the graph.
// $job STRING: the job's name
// $run STRING: the run's id
// $finished INTEGER: when it ended, epoch milliseconds; not changed if the run has ended before
// $summary STRING: results that belong to no node, as JSON
MATCH (active:Active {job: $job})
SET active.run = $run
WITH active
MATCH (run:Run {id: $run})
SET run.status = 'done',
  run.finished = coalesce(run.finished, datetime({epochMillis: $finished})),
  run.summary = coalesce(run.summary, $summary)
WITH active, run
CALL (active) { MATCH (active)-[old:CURRENT]->() DELETE old }
CREATE (active)-[:CURRENT]->(run)
RETURN run.id AS run
