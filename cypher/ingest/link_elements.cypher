// Says which creatives have which elements.
// $rows LIST<LIST<STRING>>: pairs of a creative's id and an element's id, sorted
UNWIND $rows AS row
MATCH (r:Creative {id: row[0]})
CALL (row, r) {
  MATCH (e:Element {id: row[1]})
  MERGE (r)-[:HAS_ELEMENT]->(e)
}
