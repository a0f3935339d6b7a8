// One creative day by day: impressions, reach, clicks, click rate, conversions and cost, over all
// audiences it was shown to; a falling click rate is the first sign of fatigue.
// $creative STRING: id of the creative
// $from DATE: from this day on
// $to DATE: up to this day, inclusive
MATCH (r:Creative {id: $creative})-[:ON_DAY]->(d:CreativeDay)
WHERE $from <= d.date <= $to
WITH d.date AS day, sum(d.impressions) AS impressions, sum(d.reach) AS reach, sum(d.clicks) AS clicks,
  sum(d.conversions) AS conversions, sum(d.cost) AS cost
RETURN day, impressions, reach, clicks,
  CASE WHEN impressions > 0 THEN toFloat(clicks) / impressions END AS clickRate, conversions, cost
ORDER BY day
