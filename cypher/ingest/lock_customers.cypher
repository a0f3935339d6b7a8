// Locks those of these customers that exist until the transaction ends. Returns their indices in
// $customer.
// $customer LIST<STRING>: ids, sorted by (bucket, id) so that locks are taken in one order
UNWIND range(0, size($customer) - 1) AS row
MATCH (customer:Customer {id: $customer[row]})
SET customer.bucket = customer.bucket
RETURN collect(row) AS existing
