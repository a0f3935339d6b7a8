// Which of these conversion ids exist in the graph, for any customer.
// $id LIST<STRING>: ids of conversions
UNWIND $id AS id
MATCH (conversion:Conversion {id: id})
RETURN collect(conversion.id) AS id
