// What spend names that it is not linked to, each combination once.
MATCH (day:SpendDay)
WHERE (day.channel IS NOT NULL AND NOT EXISTS { (day)-[:SPENT_ON]->(:Channel) })
  OR (coalesce(day.campaign, day.campaignName) IS NOT NULL
    AND NOT EXISTS { (day)-[:SPENT_ON]->(:Campaign) })
  OR (day.creative IS NOT NULL AND NOT EXISTS { (day)-[:SPENT_ON]->(:Creative) })
RETURN DISTINCT day.target AS target, day.channel AS channel, day.campaign AS campaign,
  day.campaignName AS campaignName, day.creative AS creative
