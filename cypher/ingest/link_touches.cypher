// Links touches to the next touch of the same customer.
// $from LIST<STRING>: ids of touches
// $to LIST<STRING>: id of the next touch of each
// $delta LIST<INTEGER>: seconds between them, null if times are missing
UNWIND range(0, size($from) - 1) AS row
MATCH (touch:Touchpoint {id: $from[row]})
CALL (row, touch) {
  MATCH (following:Touchpoint {id: $to[row]})
  CREATE (touch)-[:PRECEDED {timeDelta: $delta[row]}]->(following)
}
