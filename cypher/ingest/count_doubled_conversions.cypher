// Number of conversions without a value at the time of another of their customer and kind that has one.
// $start INTEGER: time of the first conversion to look at, milliseconds since 1970-01-01 UTC
// $end INTEGER: that of the last one, whose millisecond is included
MATCH (bare:Conversion)
WHERE
  bare.timestamp >= datetime({epochMillis: $start}) AND
  bare.timestamp < datetime({epochMillis: $end + 1}) AND
  bare.value = 0.0
MATCH (bare)<-[:MADE]-(customer:Customer)
WHERE EXISTS {
  MATCH (customer)-[:MADE]->(own:Conversion)
  WHERE own.timestamp = bare.timestamp AND own.kind = bare.kind AND own.value > 0
}
RETURN count(bare) AS conversions
