// Deletes what a run assigned by day, in separate transactions.
// $run STRING: the run's id
MATCH (run:Run {id: $run})-[assigned:ASSIGNED_ON]->()
CALL (assigned) { DELETE assigned } IN TRANSACTIONS OF 20000 ROWS
