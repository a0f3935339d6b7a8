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
  OPTIONAL MATCH (first)-[old:SIMILAR_TO]->(second)
  WHERE old.run + '' = $run // not by the index, which would go through all links of the run
  FOREACH (_ IN CASE WHEN old IS NULL THEN [1] ELSE [] END |
    CREATE (first)-[:SIMILAR_TO {run: $run, score: $score[row]}]->(second))
  SET old.score = $score[row]
  RETURN count(*) AS linked
}
RETURN sum(linked) AS written
