// First channels
// Customers by the channel of their first touch, which lies in a period: how many of them have converted since, at
// any time, with their conversions and value. '?' is an unknown channel.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (touch:Touchpoint) WHERE start <= touch.timestamp < end AND NOT EXISTS { ()-[:PRECEDED]->(touch) }
MATCH (customer)-[:TOUCHED]->(touch)
OPTIONAL MATCH (customer)-[:MADE]->(conversion)
WHERE [touch.timestamp, touch.position] < [conversion.timestamp, conversion.position]
WITH currency, coalesce(touch.channel, '?') AS channel, customer, count(conversion) AS conversions,
  sum(conversion.value) AS value
WITH currency, channel, count(*) AS customers, count(CASE WHEN conversions > 0 THEN 1 END) AS converted,
  sum(conversions) AS conversions, sum(value) AS value
RETURN channel, customers, converted, toFloat(converted) / customers AS rate, conversions,
  toFloat(value) AS value, currency.check AS currency
ORDER BY customers DESC, channel
