// Customers by number of conversions in a period, with the value of these conversions.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
MATCH (conversion:Conversion) WHERE $from <= conversion.timestamp < $to
WITH conversion.customerId AS customer, count(*) AS conversions, sum(conversion.value) AS value
RETURN conversions, count(*) AS customers, sum(value) AS value
ORDER BY conversions
