// Decay curve
// The forecast of one creative: its click rate over its highest one after 3, 6, .., 30 days. It is tired
// where that is at most a half.
// $creative STRING: id of the creative
OPTIONAL MATCH (creative:Creative {id:
  CASE WHEN $creative IS :: STRING THEN $creative ELSE toString(toInteger($creative)) END})
WITH creative, point({x: 0, y: 0, crs: CASE
  WHEN creative IS NULL THEN 'invalid parameter: $creative must be the id of a creative in the graph'
  ELSE 'cartesian' END}) AS checked
UNWIND range(0, size(creative.decayCurve) - 1) AS point
RETURN 3 * (point + 1) AS days, creative.decayCurve[point] AS ratio
ORDER BY days
