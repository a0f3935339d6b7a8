// The ids of the newest conversions.
MATCH (conversion:Conversion) WHERE conversion.timestamp IS NOT NULL
RETURN conversion.id AS value ORDER BY conversion.timestamp DESC LIMIT 100
