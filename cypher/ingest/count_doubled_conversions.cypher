// Number of conversions without a value at the time of another of their customer and kind that has one.
MATCH (bare:Conversion {value: 0.0})<-[:MADE]-(customer:Customer)
WHERE EXISTS {
  MATCH (customer)-[:MADE]->(own:Conversion)
  WHERE own.timestamp = bare.timestamp AND own.kind = bare.kind AND own.value > 0
}
RETURN count(bare) AS conversions
