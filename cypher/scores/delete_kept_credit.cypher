// Deletes the touch-level credit of a run that is kept, in separate transactions.
// $run STRING: the run's id
MATCH ()-[kept:KEPT_CREDIT {run: $run}]->()
USING INDEX SEEK kept:KEPT_CREDIT(run)
CALL (kept) { DELETE kept } IN TRANSACTIONS OF 20000 ROWS
