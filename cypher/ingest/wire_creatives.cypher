// Lets the campaigns of creatives run on the channels of all touches that served them.
// $creative LIST<STRING>: ids of creatives, sorted
UNWIND $creative AS id
MATCH (r:Creative {id: id})
SET r.id = id // holds the creative, so that who makes it part of a campaign takes turns with us
WITH r
CALL (r) {
  MATCH (r)-[:PART_OF]->(k:Campaign)
  MATCH (r)<-[:SERVED]-(t) WHERE t.channel IS NOT NULL
  WITH k, collect(DISTINCT t.channel) AS names
  UNWIND names AS name
  MATCH (h:Channel {name: name})
  MERGE (k)-[:RUNS_ON]->(h)
}
