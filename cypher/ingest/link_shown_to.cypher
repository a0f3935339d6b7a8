// Says which creatives were shown to which audiences; campaigns that are known of them then target these.
// $rows LIST<LIST<STRING>>: pairs of a creative's id and an audience's id, sorted
UNWIND $rows AS row
MATCH (r:Creative {id: row[0]})
SET r.id = row[0] // holds the creative, so that who makes it part of a campaign takes turns with us
WITH row, r
CALL (row, r) {
  MATCH (a:Audience {id: row[1]})
  MERGE (r)-[:SHOWN_TO]->(a)
  WITH r, a
  MATCH (r)-[:PART_OF]->(k:Campaign)
  MERGE (k)-[:TARGETS]->(a)
}
