// Deletes the SIMILAR_TO relationships of a run, in separate transactions.
// $run STRING: the run's id
MATCH ()-[similar:SIMILAR_TO {run: $run}]->()
CALL (similar) { DELETE similar } IN TRANSACTIONS OF 20000 ROWS
