// Makes a run the one that readers see, and its summary and end known, all at once. Active.run is what
// queries go by; CURRENT says the same to those who look at the graph.
// $job STRING: the job's name
// $run STRING: the run's id
// $finished INTEGER: when it ended, epoch milliseconds; kept where the run has ended before
// $summary STRING: what the run found, as JSON
MATCH (a:Active {job: $job})
SET a.run = $run
WITH a
MATCH (r:Run {id: $run})
SET r.status = 'done',
  r.finished = coalesce(r.finished, datetime({epochMillis: $finished})),
  r.summary = coalesce(r.summary, $summary)
WITH a, r
CALL (a) { MATCH (a)-[old:CURRENT]->() DELETE old }
CREATE (a)-[:CURRENT]->(r)
RETURN r.id AS run
