// How many customers were changed by loads after one.
// $after INTEGER: number of the load
MATCH (customer:Customer) WHERE customer.changedBy > $after
RETURN count(customer) AS customers
