// Deletes what a run assigned, in transactions of its own.
// $run STRING: the run's id
MATCH (r:Run {id: $run})-[a:ASSIGNED]->()
CALL (a) { DELETE a } IN TRANSACTIONS OF 20000 ROWS
