// What platforms charged: one row per day, platform, channel, campaign and creative, as platforms name them.
// $from DATE: first day
// $to DATE: day after the last one
MATCH (day:SpendDay)
WHERE $from <= day.date < $to
RETURN day.key AS spend, day.date AS day, day.zone AS zone, day.platform AS platform, day.channel AS channel,
  day.campaign AS campaign, day.campaignName AS campaign_name, day.creative AS creative, day.cost AS cost,
  day.currency AS currency, day.impressions AS impressions, day.clicks AS clicks
