// Puts audiences within the audiences around them, out of those they were in before.
// $rows LIST<LIST<STRING>>: pairs of an audience's id and its parent's id, sorted
UNWIND $rows AS row
MATCH (a:Audience {id: row[0]})
CALL (row, a) {
  MATCH (a)-[old:WITHIN]->(p:Audience) WHERE p.id <> row[1]
  DELETE old
}
CALL (row, a) {
  MATCH (p:Audience {id: row[1]})
  MERGE (a)-[:WITHIN]->(p)
}
