// Links campaigns to the audiences that they target.
// $rows LIST<LIST<STRING>>: pairs of a campaign's id and an audience's id, sorted
UNWIND $rows AS row
MATCH (campaign:Campaign {id: row[0]})
CALL (row, campaign) {
  MATCH (audience:Audience {id: row[1]})
  MERGE (campaign)-[:TARGETS]->(audience)
}
