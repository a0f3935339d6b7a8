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
MATCH (customer:Customer)-[:MADE]->(conversion)
CALL (customer, conversion) {
  MATCH (customer)-[:MADE]->(earlier)
  WHERE earlier.kind = conversion.kind AND [earlier.timestamp, earlier.position, earlier.id]
    < [conversion.timestamp, conversion.position, conversion.id]
  RETURN max([earlier.timestamp, earlier.position]) AS previous
}
CALL (customer, conversion, previous) {
  MATCH (customer)-[:TOUCHED]->(touch)
  WHERE conversion.timestamp - duration({days: toInteger($lookbackDays)}) <= touch.timestamp
    AND [touch.timestamp, touch.position] < [conversion.timestamp, conversion.position]
    AND (previous IS NULL OR [touch.timestamp, touch.position] >= previous)
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
