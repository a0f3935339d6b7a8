// Returns which of these customers exist.
// $customer LIST<STRING>: ids
MATCH (customer:Customer) WHERE customer.id IN $customer
RETURN collect(customer.id) AS existing
