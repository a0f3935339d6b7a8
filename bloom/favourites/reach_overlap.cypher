// Reach overlap
// Pairs of channels with the customers that both reached in a period, and those that each of them reached. Only
// the touches of the period are read.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
MATCH (day:ChannelDay)
WHERE date(start) <= day.date <= date(end - duration({nanoseconds: 1}))
MATCH (day)<-[:ON]-(touch) WHERE start <= touch.timestamp < end
WITH touch.customerId AS customer, collect(DISTINCT day.channel) AS channels
UNWIND channels AS channel
UNWIND channels AS other
WITH channel, other, count(*) AS customers
WITH collect([channel, other, customers]) AS pairs
UNWIND pairs AS pair
WITH pair, [one IN pairs WHERE one[0] = one[1]] AS reached
WHERE pair[0] < pair[1]
RETURN pair[0] AS channel, pair[1] AS other, pair[2] AS both,
  head([one IN reached WHERE one[0] = pair[0] | one[2]]) AS reachOfChannel,
  head([one IN reached WHERE one[0] = pair[1] | one[2]]) AS reachOfOther
ORDER BY both DESC, channel, other
