// Links pairs of similar creatives of a run; returns the number of pairs whose creatives are there. A pair
// that the run has is not linked twice.
// $run STRING: the run's id
// $first LIST<STRING>: id of the creative with the smaller id
// $second LIST<STRING>: id of the other one
// $score LIST<FLOAT>: cosine of their hooks
UNWIND range(0, size($score) - 1) AS row
MATCH (first:Creative {id: $first[row]})
CALL (first, row) {
  MATCH (second:Creative {id: $second[row]})
  MERGE (first)-[similar:SIMILAR_TO {run: $run}]->(second)
  SET similar.score = $score[row]
  RETURN count(similar) AS linked
}
RETURN sum(linked) AS written
