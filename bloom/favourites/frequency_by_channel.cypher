// Frequency by channel
// How often channels reached the same customer in a period: one row per channel and number of touches, with the
// customers that had so many and their share of all that the channel reached. Only the touches of the period are
// read.
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
WITH day.channel AS channel, touch.customerId AS customer, count(*) AS touches
WITH channel, touches, count(*) AS customers ORDER BY channel, touches
WITH channel, sum(customers) AS reach, collect([touches, customers]) AS rows
UNWIND rows AS row
RETURN channel, row[0] AS touches, row[1] AS customers, toFloat(row[1]) / reach AS share
ORDER BY channel, touches
