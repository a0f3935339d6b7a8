// Transitions of journeys
// Which channel followed which within the journeys that led to the conversions of a period, and what share of the
// first channel's touches that is. The channel is null before the first touch, and the next one null where the
// conversion followed; '?' is an unknown channel.
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
  RETURN collect(coalesce(touch.channel, '?')) AS path
}
UNWIND range(0, size(path)) AS i
WITH CASE WHEN i > 0 THEN path[i - 1] END AS channel, CASE WHEN i < size(path) THEN path[i] END AS next,
  count(*) AS times
WITH channel, sum(times) AS total, collect([next, times]) AS rows
UNWIND rows AS row
RETURN channel, row[0] AS next, row[1] AS times, toFloat(row[1]) / total AS share,
  toInteger($lookbackDays) AS lookbackDays
ORDER BY times DESC, channel, next
LIMIT coalesce(toInteger($limit), 1)
