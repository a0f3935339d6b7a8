// Creative days
// Daily figures of one creative: impressions, reach, clicks, click rate, conversions and cost, summed over
// all audiences. A falling click rate is the first sign of fatigue.
// $creative STRING: id of the creative
// $from DATE: first day of the period
// $to DATE: day after the last one of the period
WITH date(datetime(btrim(toString($from), "datetime('\")"))) AS start,
  date(datetime(btrim(toString($to), "datetime('\")"))) AS end
OPTIONAL MATCH (creative:Creative {id:
  CASE WHEN $creative IS :: STRING THEN $creative ELSE toString(toInteger($creative)) END})
WITH start, end, creative, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN creative IS NULL THEN 'invalid parameter: $creative must be the id of a creative in the graph'
  ELSE 'cartesian' END}) AS checked
MATCH (creative)-[:ON_DAY]->(creativeDay:CreativeDay)
WHERE start <= creativeDay.date < end
WITH creativeDay.date AS day, sum(creativeDay.impressions) AS impressions,
  sum(creativeDay.reach) AS reach, sum(creativeDay.clicks) AS clicks,
  sum(creativeDay.conversions) AS conversions, sum(creativeDay.cost) AS cost
RETURN day, impressions, reach, clicks,
  CASE WHEN impressions > 0 THEN toFloat(clicks) / impressions END AS clickRate, conversions, cost
ORDER BY day
