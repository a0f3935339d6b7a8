// Deletes what a run assigned, in separate transactions.
// $run STRING: the run's id
MATCH (run:Run {id: $run})-[assigned:ASSIGNED]->()
CALL (assigned) { DELETE assigned } IN TRANSACTIONS OF 20000 ROWS
