// Deletes the touch-level credit of a run, in separate transactions.
// $run STRING: the run's id
MATCH ()-[credited:CREDITED {run: $run}]->()
USING INDEX SEEK credited:CREDITED(run)
CALL (credited) { DELETE credited } IN TRANSACTIONS OF 20000 ROWS
