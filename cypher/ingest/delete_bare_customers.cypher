// Deletes those of these customers that have neither events nor attributes. Returns their accounts, each with
// the id for which it was named.
// $id LIST<STRING>: ids of customers, sorted
UNWIND $id AS id
MATCH (customer:Customer {id: id})
WHERE NOT EXISTS { (customer)-[:TOUCHED|MADE|CANCELLED]->() } AND all(name IN keys(customer) WHERE name IN ['id', 'bucket', 'changedBy'])
WITH customer, [(customer)-[belongs:BELONGS_TO]->(account) | [account.id, belongs.identity]] AS accounts
DETACH DELETE customer
WITH accounts UNWIND accounts AS row
RETURN collect(row) AS waiting
