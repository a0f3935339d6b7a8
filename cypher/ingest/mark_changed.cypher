// Notes the load by which facts of customers changed.
// $customer LIST<STRING>: ids of the customers
// $load INTEGER: number of the load, or null
UNWIND $customer AS id
MATCH (customer:Customer {id: id})
SET customer.changedBy = coalesce($load, customer.changedBy)
