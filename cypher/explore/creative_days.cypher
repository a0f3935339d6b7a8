// Daily figures of one creative: impressions, reach, clicks, click rate, conversions and cost, summed over
// all audiences. A falling click rate is the first sign of fatigue.
// $creative STRING: id of the creative
// $from DATE: first day
// $to DATE: last day (inclusive)
MATCH (creative:Creative {id: $creative})-[:ON_DAY]->(creativeDay:CreativeDay)
WHERE $from <= creativeDay.date <= $to
WITH creativeDay.date AS day, sum(creativeDay.impressions) AS impressions,
  sum(creativeDay.reach) AS reach, sum(creativeDay.clicks) AS clicks,
  sum(creativeDay.conversions) AS conversions, sum(creativeDay.cost) AS cost
RETURN day, impressions, reach, clicks,
  CASE WHEN impressions > 0 THEN toFloat(clicks) / impressions END AS clickRate, conversions, cost
ORDER BY day
