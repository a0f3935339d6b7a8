// Conversions without touch
// Conversions of a period that no touch precedes, newest first.
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
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (conversion:Conversion) WHERE start <= conversion.timestamp < end
  AND NOT EXISTS { ()-[:CONVERTED]->(conversion) }
RETURN conversion.id AS conversion, conversion.customerId AS customer, conversion.timestamp AS at,
  conversion.kind AS kind, conversion.value AS value,
  currency.check AS currency
ORDER BY at DESC, conversion
LIMIT coalesce(toInteger($limit), 1)
