// Gives stored touches properties that they do not have. Of two values of one property the lesser one is kept,
// so that the order of loads decides nothing.
// $rows LIST<MAP>: id of a touch, and properties: those of its row by name
UNWIND $rows AS row
MATCH (touch:Touchpoint {id: row.id})
UNWIND keys(row.properties) AS name
WITH touch, name, row.properties[name] AS value
WHERE touch[name] IS NULL OR value < touch[name]
SET touch[name] = value
