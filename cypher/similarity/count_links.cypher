// How many pairs of similar creatives a run has.
// $run STRING: the run's id
MATCH ()-[similar:SIMILAR_TO {run: $run}]->()
RETURN count(similar) AS links
