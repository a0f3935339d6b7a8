// Says which campaigns target which audiences.
// $rows LIST<LIST<STRING>>: pairs of a campaign's id and an audience's id, sorted
UNWIND $rows AS row
MATCH (k:Campaign {id: row[0]})
CALL (row, k) {
  MATCH (a:Audience {id: row[1]})
  MERGE (k)-[:TARGETS]->(a)
}
