// Creates missing customers, and locks all of them until the transaction ends, so that two loaders of
// one customer run one after the other. Returns the indices in $customer of those that have events.
// $customer LIST<STRING>: ids, sorted by (bucket, id) so that locks are taken in one order
// $bucket LIST<INTEGER>: bucket of each customer
UNWIND range(0, size($customer) - 1) AS row
MERGE (customer:Customer {id: $customer[row]})
SET customer.bucket = $bucket[row]
WITH customer, row WHERE EXISTS { (customer)-[:TOUCHED|MADE|CANCELLED]->() }
RETURN collect(row) AS withEvents
