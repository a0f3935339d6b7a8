// Which of some ids of touches the graph holds, under whichever customer.
// $id LIST<STRING>: ids of touches
UNWIND $id AS id
MATCH (t:Touchpoint {id: id})
RETURN collect(t.id) AS id
