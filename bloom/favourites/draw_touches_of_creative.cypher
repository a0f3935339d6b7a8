// Touches of creative $creative from $from to $to
// title: Touches of creative $creative from $from to $to
// The touches of a period that served a creative, with their customers.
// $creative STRING: id of the creative
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
OPTIONAL MATCH (creative:Creative {id:
  CASE WHEN $creative IS :: STRING THEN $creative ELSE toString(toInteger($creative)) END})
WITH creative, datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH creative, start, end, point({x: 0, y: 0, crs: CASE
  WHEN creative IS NULL THEN 'invalid parameter: $creative must be the id of a creative in the graph'
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (creative)<-[served:SERVED]-(touch:Touchpoint) WHERE start <= touch.timestamp < end
OPTIONAL MATCH (touch)<-[touched:TOUCHED]-(customer:Customer)
RETURN creative, served, touch, touched, customer
