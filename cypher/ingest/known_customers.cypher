// How many of some customers the graph holds, and how many customers it holds in all.
// $id LIST<STRING>: ids of customers
UNWIND $id AS id
MATCH (c:Customer {id: id})
WITH count(c) AS known
RETURN known, COUNT { (:Customer) } AS customers
