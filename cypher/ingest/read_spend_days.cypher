// All spend per day, as lists of values per row, by key.
MATCH (day:SpendDay)
RETURN day.date AS date, day.zone AS zone, day.platform AS platform, day.channel AS channel,
  day.campaign AS campaign, day.campaignName AS campaignName, day.creative AS creative, day.cost AS cost,
  day.currency AS currency, day.impressions AS impressions, day.clicks AS clicks
ORDER BY day.key
