// Customers by the number of their touches in a period, and how many of them converted in it, also those who did
// not. Of customers who converted, touches count that came before their first conversion of the period; those who
// had none before it are left out.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
MATCH (touch:Touchpoint) WHERE start <= touch.timestamp < end
WITH start, end, touch.customerId AS id, collect([touch.timestamp, touch.position]) AS places
MATCH (customer:Customer {id: id})
CALL (start, end, customer) {
  OPTIONAL MATCH (customer)-[:MADE]->(conversion) WHERE start <= conversion.timestamp < end
  WITH conversion ORDER BY conversion.timestamp, conversion.position LIMIT 1
  RETURN CASE WHEN conversion IS NOT NULL THEN [conversion.timestamp, conversion.position] END AS first
}
WITH first, CASE WHEN first IS NULL THEN size(places) ELSE size([one IN places WHERE one < first]) END AS touches
WHERE touches > 0
RETURN touches, count(*) AS customers, count(first) AS converted, toFloat(count(first)) / count(*) AS rate
ORDER BY touches
