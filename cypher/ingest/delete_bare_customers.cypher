// Deletes those of these customers that have neither events nor attributes.
// $id LIST<STRING>: ids of customers, sorted
UNWIND $id AS id
MATCH (customer:Customer {id: id})
WHERE NOT EXISTS { (customer)-[:TOUCHED|MADE|CANCELLED]->() } AND size(keys(customer)) = 2
DETACH DELETE customer
