// The accounts of customers, as parallel lists in one record.
// $customer LIST<STRING>: ids of customers
UNWIND range(0, size($customer) - 1) AS row
MATCH (customer:Customer {id: $customer[row]})-[belongs:BELONGS_TO]->(account)
RETURN collect(row) AS customer, collect(account.id) AS account, collect(belongs.identity) AS identity
