// Makes elements that are missing, and sets what is known of them; what is not given stays as it was.
// $rows LIST<MAP>: id, and known: the properties that are given, sorted by id
UNWIND $rows AS row
MERGE (n:Element {id: row.id})
SET n += row.known
