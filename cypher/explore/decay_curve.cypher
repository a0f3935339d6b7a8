// The forecast of one creative: its click rate over its highest one after 3, 6, .., 30 days. It is tired
// where that is at most a half.
// $creative STRING: id of the creative
MATCH (creative:Creative {id: $creative})
UNWIND range(0, size(creative.decayCurve) - 1) AS point
RETURN 3 * (point + 1) AS days, creative.decayCurve[point] AS ratio
ORDER BY days
