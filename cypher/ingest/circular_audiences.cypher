// Those of some audiences that lie within themselves, sorted.
// $id LIST<STRING>: ids of audiences
UNWIND $id AS id
MATCH (a:Audience {id: id}) WHERE EXISTS { (a)-[:WITHIN*1..]->(a) }
WITH a.id AS id ORDER BY id
RETURN collect(id) AS circular
