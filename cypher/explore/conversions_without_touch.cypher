// Conversions of a period that no touch precedes at all: the baseline ones, newest first.
// $from DATETIME: conversions from this instant on
// $to DATETIME: and before this one
// $limit INTEGER: at most so many rows
MATCH (v:Conversion) WHERE $from <= v.timestamp < $to AND NOT EXISTS { ()-[:CONVERTED]->(v) }
RETURN v.id AS conversion, v.customerId AS customer, v.timestamp AS at, v.kind AS kind, v.value AS value
ORDER BY at DESC, conversion
LIMIT $limit
