// Tired creatives by audience
// How many creatives of each audience are tired (a fatigue score of at least a half), and how many are
// expected to be tired within 7 days, the audience with most tired ones first.
// $limit INTEGER: maximum rows
WITH point({x: 0, y: 0, crs: CASE
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (creative:Creative)-[:DELIVERED_TO]->(audience:Audience)
WHERE creative.fatigueScore IS NOT NULL
WITH audience, count(creative) AS creatives,
  count(CASE WHEN creative.fatigueScore >= 0.5 THEN 1 END) AS tired, sum(creative.pTired7d) AS within7Days
RETURN audience.id AS audience, audience.name AS name, creatives, tired,
  toFloat(tired) / creatives AS shareTired, within7Days AS expectedWithin7Days
ORDER BY tired DESC, audience
LIMIT coalesce(toInteger($limit), 1)
