// The distinct channels of touches, for customers in a range of buckets. A channel has no node if all its
// touches served something more specific.
// $lo INTEGER: first bucket
// $hi INTEGER: last bucket (exclusive)
MATCH (customer:Customer) WHERE $lo <= customer.bucket < $hi
MATCH (customer)-[:TOUCHED]->(touch)
WHERE touch.channel IS NOT NULL
RETURN collect(DISTINCT touch.channel) AS channels
