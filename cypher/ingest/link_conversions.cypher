// Links conversions to the last touch before them.
// $from LIST<STRING>: ids of touches
// $to LIST<STRING>: for each, the id of the conversion
// $delta LIST<INTEGER>: seconds between them, null where times are missing
UNWIND range(0, size($from) - 1) AS i
MATCH (t:Touchpoint {id: $from[i]})
CALL (i, t) {
  MATCH (v:Conversion {id: $to[i]})
  CREATE (t)-[:CONVERTED {timeDelta: $delta[i]}]->(v)
}
