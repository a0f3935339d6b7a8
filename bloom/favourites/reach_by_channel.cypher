// Reach by channel
// Customers that each channel reached in a period, and how often on average. Only the touches of the period are
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
RETURN channel, count(*) AS reach, sum(touches) AS touches, toFloat(sum(touches)) / count(*) AS frequency
ORDER BY reach DESC, channel
