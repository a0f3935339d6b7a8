// The attributes of customers whose bucket is in [$lo, $hi): one map per customer, with id and bucket.
// $lo INTEGER: first bucket
// $hi INTEGER: last bucket (exclusive)
MATCH (customer:Customer) WHERE $lo <= customer.bucket < $hi
RETURN collect(properties(customer)) AS customers
