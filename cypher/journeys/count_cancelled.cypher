// Number of cancelled conversions in the graph, from the count store.
MATCH (cancelled:CancelledConversion) RETURN count(cancelled) AS conversions
