// What platforms charged by day, platform and channel in a period, with impressions and clicks. Days are those of the
// platform; the currency is null for that of the values in the graph.
// $from DATE: first day of the period
// $to DATE: day after the last one of the period
WITH date(datetime(btrim(toString($from), "datetime('\")"))) AS start,
  date(datetime(btrim(toString($to), "datetime('\")"))) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
MATCH (day:SpendDay) WHERE start <= day.date < end
RETURN day.date AS day, day.platform AS platform, day.channel AS channel, toFloat(sum(day.cost)) AS cost,
  sum(day.impressions) AS impressions, sum(day.clicks) AS clicks, day.currency AS currency
ORDER BY day, platform, channel, currency
