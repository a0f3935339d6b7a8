// Deletes a run's credit of touches, in transactions of its own.
// $run STRING: the run's id
MATCH ()-[r:CREDITED {run: $run}]->()
CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS
