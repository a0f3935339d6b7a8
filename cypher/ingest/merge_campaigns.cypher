// Creates missing campaigns and sets the given properties; other properties are not changed.
// $rows LIST<MAP>: id, and properties: the given ones; sorted by id
UNWIND $rows AS row
MERGE (campaign:Campaign {id: row.id})
SET campaign += row.properties
