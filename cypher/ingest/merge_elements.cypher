// Creates missing elements and sets the given properties; other properties are not changed.
// $rows LIST<MAP>: id, and properties: the given ones; sorted by id
UNWIND $rows AS row
MERGE (element:Element {id: row.id})
SET element += row.properties
