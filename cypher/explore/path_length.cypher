// Conversions of a period by number of touches in the journey: one row per number, 0 for journeys without
// touches.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $lookbackDays INTEGER: days before a conversion in which touches count
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN coalesce(toFloat($lookbackDays) <> abs(toInteger($lookbackDays)), true)
    THEN 'invalid parameter: $lookbackDays must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (conversion:Conversion) WHERE start <= conversion.timestamp < end
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
  RETURN count(touch) AS touches
}
RETURN touches, count(*) AS conversions, sum(conversion.value) AS value,
  toInteger($lookbackDays) AS lookbackDays, currency.check AS currency
ORDER BY touches
