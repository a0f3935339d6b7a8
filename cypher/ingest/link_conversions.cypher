// Links the last touch before a conversion to the conversion.
// $from LIST<STRING>: ids of touches
// $to LIST<STRING>: id of the conversion of each
// $delta LIST<INTEGER>: seconds between them, null if times are missing
UNWIND range(0, size($from) - 1) AS row
MATCH (touch:Touchpoint {id: $from[row]})
CALL (row, touch) {
  MATCH (conversion:Conversion {id: $to[row]})
  CREATE (touch)-[:CONVERTED {timeDelta: $delta[row]}]->(conversion)
}
