// The channels that touches of customers in a range of buckets name, each once; some have no node of
// their own, where every touch by them serves something more specific.
// $lo INTEGER: first bucket
// $hi INTEGER: bucket after the last
MATCH (c:Customer) WHERE $lo <= c.bucket < $hi
MATCH (c)-[:TOUCHED]->(t)
WHERE t.channel IS NOT NULL
RETURN collect(DISTINCT t.channel) AS channels
