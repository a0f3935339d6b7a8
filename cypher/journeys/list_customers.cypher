// Ids of all customers of a range of buckets.
// $lo INTEGER: first bucket
// $hi INTEGER: end of the buckets (exclusive)
MATCH (customer:Customer) WHERE $lo <= customer.bucket < $hi
RETURN collect(customer.id) AS customers
