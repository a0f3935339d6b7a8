// The accounts of customers of a range of buckets, as parallel lists in one record.
// $lo INTEGER: first bucket
// $hi INTEGER: end of the buckets (exclusive)
MATCH (customer:Customer)-[belongs:BELONGS_TO]->(account)
WHERE $lo <= customer.bucket < $hi
RETURN collect(customer.id) AS customer, collect(account.id) AS account,
  collect(belongs.identity) AS identity
