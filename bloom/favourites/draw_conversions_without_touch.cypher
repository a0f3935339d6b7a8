// Conversions without a touch from $from to $to
// title: Conversions without a touch from $from to $to
// The conversions of a period that no touch precedes, with their customers.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
MATCH (conversion:Conversion) WHERE start <= conversion.timestamp < end
  AND NOT EXISTS { ()-[:CONVERTED]->(conversion) }
MATCH (customer:Customer)-[made:MADE]->(conversion)
RETURN customer, made, conversion
