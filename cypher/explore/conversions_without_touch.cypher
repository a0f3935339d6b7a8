// Conversions of a period that no touch precedes, newest first.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $limit INTEGER: maximum rows
MATCH (conversion:Conversion) WHERE $from <= conversion.timestamp < $to
  AND NOT EXISTS { ()-[:CONVERTED]->(conversion) }
RETURN conversion.id AS conversion, conversion.customerId AS customer, conversion.timestamp AS at,
  conversion.kind AS kind, conversion.value AS value
ORDER BY at DESC, conversion
LIMIT $limit
