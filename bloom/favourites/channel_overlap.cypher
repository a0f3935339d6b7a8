// Channel overlap
// Pairs of channels that occur in the same journeys, for the conversions of a period. The lift compares
// how often they occur together with how often they would if they were independent.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $lookbackDays INTEGER: days before a conversion in which touches count
// $limit INTEGER: maximum rows
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN coalesce(toFloat($lookbackDays) <> abs(toInteger($lookbackDays)), true)
    THEN 'invalid parameter: $lookbackDays must be a whole number, at least 0'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
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
  RETURN collect(DISTINCT touch.channel) AS channels
}
WITH collect(channels) AS journeys
UNWIND journeys AS channels
UNWIND channels AS channel
UNWIND channels AS other
WITH size(journeys) AS total, journeys, channel, other, count(*) AS together
WHERE channel < other
WITH total, channel, other, together,
  size([journey IN journeys WHERE channel IN journey]) AS withChannel,
  size([journey IN journeys WHERE other IN journey]) AS withOther
RETURN channel, other, together, withChannel, withOther,
  toFloat(together) * total / (withChannel * withOther) AS lift,
  toInteger($lookbackDays) AS lookbackDays
ORDER BY together DESC, channel, other
LIMIT coalesce(toInteger($limit), 1)
