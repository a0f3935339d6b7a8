// How many of these customers exist in the graph, and how many customers exist in total.
// $id LIST<STRING>: ids of customers
UNWIND $id AS id
MATCH (customer:Customer {id: id})
WITH count(customer) AS known
RETURN known, COUNT { (:Customer) } AS customers
