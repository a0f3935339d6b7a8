// Deletes a run's credit of touches, in transactions of its own.
// $run STRING: the run's id
MATCH ()-[r:CREDITED {run: $run}]->()
USING INDEX SEEK r:CREDITED(run)
CALL (r) { DELETE r } IN TRANSACTIONS OF 20000 ROWS
