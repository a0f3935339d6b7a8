// Makes conversions cancelled ones: they are not of the label Conversion, and the customer has CANCELLED
// instead of MADE. Returns the customers.
// $id LIST<STRING>: ids of conversions; those that are cancelled already stay as they are
UNWIND $id AS id
MATCH (customer:Customer)-[made:MADE]->(conversion:Conversion {id: id})
CREATE (customer)-[:CANCELLED]->(conversion)
DELETE made
REMOVE conversion:Conversion
SET conversion:CancelledConversion
RETURN collect(DISTINCT customer.id) AS customers
