// Creates missing audiences and sets the given properties; other properties are not changed.
// $rows LIST<MAP>: id, and properties: the given ones; sorted by id
UNWIND $rows AS row
MERGE (audience:Audience {id: row.id})
SET audience += row.properties
