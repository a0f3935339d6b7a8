// Journeys like that of conversion $conversion from $from to $to, $lookbackDays days back
// title: Journeys like that of conversion $conversion from $from to $to, $lookbackDays days back
// The conversions of a period whose journeys have the same path of channels as one conversion, with
// their touches.
// $conversion STRING: id of the conversion, which has a time
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $lookbackDays INTEGER: days before a conversion in which touches count
OPTIONAL MATCH (chosen:Conversion {id:
  CASE WHEN $conversion IS :: STRING THEN $conversion ELSE toString(toInteger($conversion)) END})
WITH chosen, datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH chosen, start, end, point({x: 0, y: 0, crs: CASE
  WHEN chosen.timestamp IS NULL
    THEN 'invalid parameter: $conversion must be the id of a conversion with a time in the graph'
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN coalesce(toFloat($lookbackDays) <> abs(toInteger($lookbackDays)), true)
    THEN 'invalid parameter: $lookbackDays must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (other:Conversion) WHERE start <= other.timestamp < end AND other <> chosen
WITH chosen, [chosen] + collect(other) AS conversions
UNWIND conversions AS conversion
CALL (conversion) {
  OPTIONAL MATCH (earlier)-[:REPEATED]->(conversion)
  WITH conversion, conversion.timestamp - duration({days: toInteger($lookbackDays)}) AS since,
    CASE WHEN earlier IS NOT NULL THEN [earlier.timestamp, earlier.position] END AS previous
  MATCH (conversion)<-[:CONVERTED]-(last)
  WHERE since <= last.timestamp AND (previous IS NULL OR [last.timestamp, last.position] >= previous)
  MATCH (last)(()<-[:PRECEDED]-(one WHERE since <= one.timestamp
    AND (previous IS NULL OR [one.timestamp, one.position] >= previous))){0,}(touch)
  WITH touch ORDER BY touch.timestamp, touch.position, touch.id
  RETURN collect(coalesce(touch.channel, '?')) AS path, collect(touch) AS journey
}
WITH path, collect(conversion) AS alike, collect(journey) AS journeys, chosen
WHERE chosen IN alike
UNWIND range(0, size(alike) - 1) AS i
WITH alike[i] AS conversion, journeys[i] AS journey
MATCH (customer:Customer)-[made:MADE]->(conversion)
UNWIND CASE journey WHEN [] THEN [null] ELSE journey END AS touch
OPTIONAL MATCH (touch)-[next:PRECEDED|CONVERTED]->(following)
WHERE following = conversion OR following IN journey
RETURN customer, made, conversion, touch, next, following
