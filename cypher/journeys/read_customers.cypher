// What is known of the customers whose bucket lies in [$lo, $hi): one map a customer, which also
// holds id and bucket.
// $lo INTEGER: first bucket
// $hi INTEGER: bucket after the last
MATCH (c:Customer) WHERE $lo <= c.bucket < $hi
RETURN collect(properties(c)) AS customers
