// Links creatives to the audiences that saw them, and links their campaigns to these audiences.
// $rows LIST<LIST<STRING>>: pairs of a creative's id and an audience's id, sorted
UNWIND $rows AS row
MATCH (creative:Creative {id: row[0]})
SET creative.id = row[0] // locks the creative against a load that assigns it to a campaign
WITH row, creative
CALL (row, creative) {
  MATCH (audience:Audience {id: row[1]})
  MERGE (creative)-[:SHOWN_TO]->(audience)
  WITH creative, audience
  MATCH (creative)-[:PART_OF]->(campaign:Campaign)
  MERGE (campaign)-[:TARGETS]->(audience)
}
