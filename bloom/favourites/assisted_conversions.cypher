// Assisted conversions
// For each channel, the conversions of a period with it as last touch, and those that it only assisted.
// Assisted conversions per last touch are above 1 for channels that open journeys more than close them.
// Journeys without touches have the channel null.
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
MATCH (conversion:Conversion) WHERE start <= conversion.timestamp < end
CALL (conversion) {
  OPTIONAL MATCH (earlier)-[:REPEATED]->(conversion)
  WITH conversion, conversion.timestamp - duration({days: toInteger($lookbackDays)}) AS since,
    CASE WHEN earlier IS NOT NULL THEN [earlier.timestamp, earlier.position] END AS previous
  MATCH (conversion)<-[:CONVERTED]-(last)
  WHERE since <= last.timestamp AND (previous IS NULL OR [last.timestamp, last.position] >= previous)
  MATCH (last)(()<-[:PRECEDED]-(one WHERE since <= one.timestamp
    AND (previous IS NULL OR [one.timestamp, one.position] >= previous))){0,}(touch)
  WITH touch ORDER BY touch.timestamp, touch.position, touch.id
  RETURN collect(coalesce(touch.channel, '?')) AS path
}
WITH conversion, path[-1] AS last, path
UNWIND CASE path WHEN [] THEN [null] ELSE path END AS channel
WITH DISTINCT conversion, last, channel
WITH channel, count(CASE WHEN channel = last OR last IS NULL THEN 1 END) AS lastTouch,
  count(CASE WHEN channel <> last THEN 1 END) AS assisted
RETURN channel, assisted, lastTouch,
  CASE WHEN lastTouch > 0 THEN toFloat(assisted) / lastTouch END AS assistedPerLastTouch,
  toInteger($lookbackDays) AS lookbackDays
ORDER BY assisted DESC, channel
