// Ids of the customers who were changed by loads after one.
// $after INTEGER: number of the load
MATCH (customer:Customer) WHERE customer.changedBy > $after
RETURN collect(customer.id) AS customers
