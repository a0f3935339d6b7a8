// Creates missing creatives and sets the given properties; other properties are not changed.
// $rows LIST<MAP>: id, and properties: the given ones; sorted by id
UNWIND $rows AS row
MERGE (creative:Creative {id: row.id})
SET creative += row.properties
