// Deletes what a run assigned by segment, in separate transactions.
// $run STRING: the run's id
MATCH (run:Run {id: $run})-[assigned:ASSIGNED_IN]->()
CALL (assigned) { DELETE assigned } IN TRANSACTIONS OF 20000 ROWS
