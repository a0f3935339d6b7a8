// Says which creatives have which elements; a creative has one of each kind, and the given one replaces
// that which it had.
// $rows LIST<LIST<STRING>>: pairs of a creative's id and an element's id, sorted
UNWIND $rows AS row
MATCH (r:Creative {id: row[0]})
CALL (row, r) {
  MATCH (e:Element {id: row[1]})
  OPTIONAL MATCH (r)-[old:HAS_ELEMENT]->(other:Element)
  WHERE other.kind = e.kind AND other.id <> e.id
  DELETE old
  MERGE (r)-[:HAS_ELEMENT]->(e)
}
