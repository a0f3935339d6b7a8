// Deletes the TRIGGERS relationships of a run, in separate transactions.
// $run STRING: the run's id
MATCH ()-[triggers:TRIGGERS {run: $run}]->()
CALL (triggers) { DELETE triggers } IN TRANSACTIONS OF 20000 ROWS
