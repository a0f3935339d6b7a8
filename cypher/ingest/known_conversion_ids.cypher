// Which of some ids of conversions the graph holds, under whichever customer.
// $id LIST<STRING>: ids of conversions
UNWIND $id AS id
MATCH (v:Conversion {id: id})
RETURN collect(v.id) AS id
