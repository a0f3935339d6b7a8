// Transitions
// Which channel followed which: touches of a period with the customer's next touch, by pair of channels, with the
// share of the first channel's touches. For all customers, and for those alone who have converted, at any time. The
// next channel is null if no touch followed, at any time; '?' is an unknown channel.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $limit INTEGER: maximum rows
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (touch:Touchpoint) WHERE start <= touch.timestamp < end
OPTIONAL MATCH (touch)-[:PRECEDED]->(following)
WITH touch.customerId AS id, coalesce(touch.channel, '?') AS channel,
  CASE WHEN following IS NOT NULL THEN coalesce(following.channel, '?') END AS next, count(*) AS touches
WITH id, collect([channel, next, touches]) AS pairs
MATCH (customer:Customer {id: id})
WITH pairs, CASE WHEN EXISTS { (customer)-[:MADE]->() } THEN 1 ELSE 0 END AS converted
UNWIND pairs AS pair
WITH pair[0] AS channel, pair[1] AS next, sum(pair[2]) AS touches, sum(pair[2] * converted) AS ofConverters
WITH channel, sum(touches) AS total, sum(ofConverters) AS totalOfConverters,
  collect([next, touches, ofConverters]) AS rows
UNWIND rows AS row
RETURN channel, row[0] AS next, row[1] AS touches, toFloat(row[1]) / total AS share, row[2] AS ofConverters,
  CASE WHEN totalOfConverters > 0 THEN toFloat(row[2]) / totalOfConverters END AS shareOfConverters
ORDER BY touches DESC, channel, next
LIMIT coalesce(toInteger($limit), 1)
