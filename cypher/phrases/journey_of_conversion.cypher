// title: Journey of conversion $conversion, $lookbackDays days back
// The journey of one conversion: its customer, the touches in order with what they served, and their
// credit in the current run.
// $conversion STRING: id of the conversion
// $lookbackDays INTEGER: days before the conversion in which touches count
OPTIONAL MATCH (conversion:Conversion {id:
  CASE WHEN $conversion IS :: STRING THEN $conversion ELSE toString(toInteger($conversion)) END})
WITH conversion, point({x: 0, y: 0, crs: CASE
  WHEN conversion IS NULL THEN 'invalid parameter: $conversion must be the id of a conversion in the graph'
  WHEN coalesce(toFloat($lookbackDays) <> abs(toInteger($lookbackDays)), true)
    THEN 'invalid parameter: $lookbackDays must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (conversion)<-[made:MADE]-(customer:Customer)
CALL (customer, conversion) {
  OPTIONAL MATCH (customer)-[:MADE]->(earlier)
  WHERE earlier <> conversion AND earlier.kind = conversion.kind AND CASE WHEN conversion.timestamp IS NULL
    THEN [earlier.position, earlier.id] < [conversion.position, conversion.id]
    ELSE [earlier.timestamp, earlier.position, earlier.id]
      < [conversion.timestamp, conversion.position, conversion.id] END
  WITH earlier ORDER BY earlier.timestamp DESC, earlier.position DESC LIMIT 1
  RETURN earlier AS previous
}
OPTIONAL MATCH (customer)-[:TOUCHED]->(found)
WHERE CASE WHEN conversion.timestamp IS NULL
  THEN found.position < conversion.position
    AND (previous IS NULL OR found.position >= previous.position)
  ELSE conversion.timestamp - duration({days: toInteger($lookbackDays)}) <= found.timestamp
    AND [found.timestamp, found.position] < [conversion.timestamp, conversion.position]
    AND (previous IS NULL OR [found.timestamp, found.position] >= [previous.timestamp, previous.position])
  END
WITH customer, made, conversion, collect(found) AS journey
OPTIONAL MATCH (active:Active {job: 'attribute'})
UNWIND CASE journey WHEN [] THEN [null] ELSE journey END AS touch
OPTIONAL MATCH (customer)-[touched:TOUCHED]->(touch)
OPTIONAL MATCH (touch)-[served:SERVED]->(content)
OPTIONAL MATCH (touch)-[next:PRECEDED|CONVERTED]->(following)
WHERE following = conversion OR following IN journey
OPTIONAL MATCH (touch)-[credited:CREDITED]->(conversion) WHERE credited.run = active.run
RETURN customer, made, conversion, touched, touch, served, content, next, following, credited
