// Makes the customers that are missing, and holds all of them until the transaction ends, so that two
// loaders of one customer take turns. Returns the places in $customer of those that have events.
// $customer LIST<STRING>: ids, sorted by (bucket, id) so that locks are taken in one order
// $bucket LIST<INTEGER>: the bucket of each
UNWIND range(0, size($customer) - 1) AS k
MERGE (c:Customer {id: $customer[k]})
SET c.bucket = $bucket[k]
WITH c, k WHERE EXISTS { (c)-[:TOUCHED|MADE]->() }
RETURN collect(k) AS known
