// How many customers convert once, twice and more often in a period, and what they are worth.
// $from DATETIME: conversions from this instant on
// $to DATETIME: and before this one
MATCH (v:Conversion) WHERE $from <= v.timestamp < $to
WITH v.customerId AS customer, count(*) AS conversions, sum(v.value) AS value
RETURN conversions, count(*) AS customers, sum(value) AS value
ORDER BY conversions
