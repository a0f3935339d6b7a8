// The ids of the customers of the newest conversions.
MATCH (conversion:Conversion) WHERE conversion.timestamp IS NOT NULL
WITH conversion ORDER BY conversion.timestamp DESC LIMIT 100
RETURN DISTINCT conversion.customerId AS value
