// Journey of conversion $conversion, $lookbackDays days back
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
CALL (conversion) {
  OPTIONAL MATCH (earlier)-[:REPEATED]->(conversion)
  WITH conversion, conversion.timestamp - duration({days: toInteger($lookbackDays)}) AS since,
    CASE WHEN earlier IS NOT NULL THEN [coalesce(earlier.timestamp, 0), earlier.position] END AS previous
  MATCH (conversion)<-[:CONVERTED]-(last)
  WHERE coalesce(since <= last.timestamp, true)
    AND (previous IS NULL OR [coalesce(last.timestamp, 0), last.position] >= previous)
  MATCH (last)(()<-[:PRECEDED]-(one WHERE coalesce(since <= one.timestamp, true)
    AND (previous IS NULL OR [coalesce(one.timestamp, 0), one.position] >= previous))){0,}(touch)
  RETURN collect(touch) AS journey
}
OPTIONAL MATCH (active:Active {job: 'attribute'})
UNWIND CASE journey WHEN [] THEN [null] ELSE journey END AS touch
OPTIONAL MATCH (customer)-[touched:TOUCHED]->(touch)
OPTIONAL MATCH (touch)-[served:SERVED]->(content)
OPTIONAL MATCH (touch)-[next:PRECEDED|CONVERTED]->(following)
WHERE following = conversion OR following IN journey
OPTIONAL MATCH (touch)-[credited:CREDITED]->(conversion) WHERE credited.run = active.run
RETURN customer, made, conversion, touched, touch, served, content, next, following, credited
