// Repeat conversions
// Customers by number of conversions in a period, with the value of these conversions.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (conversion:Conversion) WHERE start <= conversion.timestamp < end
WITH currency, conversion.customerId AS customer, count(*) AS conversions, sum(conversion.value) AS value
RETURN conversions, count(*) AS customers, sum(value) AS value,
  currency.check AS currency
ORDER BY conversions
