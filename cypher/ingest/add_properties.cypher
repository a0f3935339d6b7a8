// Gives stored events properties that they do not have. Of two values of one property the lesser one is kept,
// so that the order of loads decides nothing.
// $touches LIST<MAP>: id of a touch, and properties: those of its row by name
// $conversions LIST<MAP>: the same of conversions
CALL () {
  UNWIND $touches AS row
  MATCH (event:Touchpoint {id: row.id})
  RETURN event, row.properties AS properties
  UNION ALL
  UNWIND $conversions AS row
  OPTIONAL MATCH (made:Conversion {id: row.id})
  OPTIONAL MATCH (cancelled:CancelledConversion {id: row.id})
  RETURN coalesce(made, cancelled) AS event, row.properties AS properties
}
UNWIND keys(properties) AS name
WITH event, name, properties[name] AS value
WHERE event[name] IS NULL OR value < event[name]
SET event[name] = value
