// Sets the parents of audiences, and removes the links to previous parents.
// $rows LIST<LIST<STRING>>: pairs of an audience's id and its parent's id, sorted
UNWIND $rows AS row
MATCH (audience:Audience {id: row[0]})
CALL (row, audience) {
  MATCH (audience)-[old:WITHIN]->(parent:Audience) WHERE parent.id <> row[1]
  DELETE old
}
CALL (row, audience) {
  MATCH (parent:Audience {id: row[1]})
  MERGE (audience)-[:WITHIN]->(parent)
}
