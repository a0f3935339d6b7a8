// What the touches of a period cost by channel, and which part of that was for customers who have never converted,
// at any time. The cost is that of the touches whose cost is known (priced). '?' is an unknown channel.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (touch:Touchpoint) WHERE start <= touch.timestamp < end
WITH currency, touch.customerId AS id, coalesce(touch.channel, '?') AS channel, count(*) AS touches,
  count(touch.cost) AS priced, sum(touch.cost) AS cost
WITH currency, id, collect([channel, touches, priced, cost]) AS rows
MATCH (customer:Customer {id: id})
WITH currency, rows, CASE WHEN EXISTS { (customer)-[:MADE]->() } THEN 0 ELSE 1 END AS never
UNWIND rows AS row
WITH currency, row[0] AS channel, sum(row[1]) AS touches, sum(row[2]) AS priced, toFloat(sum(row[3])) AS cost,
  count(*) AS customers, sum(never) AS nonConverters, toFloat(sum(never * row[3])) AS costOfNonConverters
RETURN channel, touches, priced, cost, customers, nonConverters, costOfNonConverters,
  CASE WHEN cost > 0 THEN costOfNonConverters / cost END AS share, currency.check AS currency
ORDER BY costOfNonConverters DESC, channel
