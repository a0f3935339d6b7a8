// Touches by day
// Touches of a period and their cost by day and channel, in UTC. '?' is an unknown channel; the cost is that of
// the touches whose cost is known (priced).
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (touch:Touchpoint) WHERE start <= touch.timestamp < end
RETURN date(touch.timestamp) AS day, coalesce(touch.channel, '?') AS channel, count(*) AS touches,
  toFloat(sum(touch.cost)) AS cost, count(touch.cost) AS priced, currency.check AS currency
ORDER BY day, channel
