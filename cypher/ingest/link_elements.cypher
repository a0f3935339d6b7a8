// Links creatives to their elements. A creative has one element of each kind; a new one replaces the
// previous one.
// $rows LIST<LIST<STRING>>: pairs of a creative's id and an element's id, sorted
UNWIND $rows AS row
MATCH (creative:Creative {id: row[0]})
CALL (row, creative) {
  MATCH (element:Element {id: row[1]})
  OPTIONAL MATCH (creative)-[old:HAS_ELEMENT]->(other:Element)
  WHERE other.kind = element.kind AND other.id <> element.id
  DELETE old
  MERGE (creative)-[:HAS_ELEMENT]->(element)
}
