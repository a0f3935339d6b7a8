// Which of these audiences contain themselves, sorted.
// $id LIST<STRING>: ids of audiences
UNWIND $id AS id
MATCH (audience:Audience {id: id}) WHERE EXISTS { (audience)-[:WITHIN*1..]->(audience) }
WITH audience.id AS id ORDER BY id
RETURN collect(id) AS circular
