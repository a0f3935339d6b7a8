// Links touches to the touch that follows them.
// $from LIST<STRING>: ids of touches
// $to LIST<STRING>: for each, the id of the same customer's next touch
// $delta LIST<INTEGER>: seconds between them, null where times are missing
UNWIND range(0, size($from) - 1) AS i
MATCH (a:Touchpoint {id: $from[i]})
CALL (i, a) {
  MATCH (b:Touchpoint {id: $to[i]})
  CREATE (a)-[:PRECEDED {timeDelta: $delta[i]}]->(b)
}
