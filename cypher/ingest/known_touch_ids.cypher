// Which of these touch ids exist in the graph, for any customer.
// $id LIST<STRING>: ids of touches
UNWIND $id AS id
MATCH (touch:Touchpoint {id: id})
RETURN collect(touch.id) AS id
