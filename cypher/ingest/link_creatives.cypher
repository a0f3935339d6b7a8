// Makes creatives part of their campaigns where they are part of none; their campaigns then run on the
// channels of touches that served them before, and target the audiences that saw them. Returns the
// creatives that are part of another campaign than is said, with that campaign and their own.
// $rows LIST<LIST<STRING>>: pairs of a creative's id and its campaign's id, sorted
UNWIND $rows AS row
MATCH (r:Creative {id: row[0]})
SET r.id = row[0] // holds the creative, so that two loaders take turns
WITH row, r
CALL (row, r) {
  WITH row, r WHERE NOT EXISTS { (r)-[:PART_OF]->() }
  MATCH (k:Campaign {id: row[1]})
  CREATE (r)-[:PART_OF]->(k)
  WITH r, k
  CALL (r, k) {
    MATCH (r)<-[:SERVED]-(t) WHERE t.channel IS NOT NULL
    WITH k, collect(DISTINCT t.channel) AS names
    UNWIND names AS name
    MATCH (h:Channel {name: name})
    MERGE (k)-[:RUNS_ON]->(h)
  }
  MATCH (r)-[:SHOWN_TO]->(a)
  MERGE (k)-[:TARGETS]->(a)
}
WITH row, r
MATCH (r)-[:PART_OF]->(k:Campaign) WHERE k.id <> row[1]
RETURN collect([r.id, row[1], k.id]) AS conflicts
