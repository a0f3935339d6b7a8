// The attributes of some customers: one map per customer, with id and bucket.
// $customers LIST<STRING>: ids of the customers in the graph
MATCH (customer:Customer) WHERE customer.id IN $customers
RETURN collect(properties(customer)) AS customers
