// The campaigns of some creatives that are part of one.
// $id LIST<STRING>: ids of creatives
UNWIND $id AS id
MATCH (r:Creative {id: id})-[:PART_OF]->(k:Campaign)
RETURN collect(r.id) AS creative, collect(k.id) AS campaign
