// Urgent creatives
// Creatives by the money that they are expected to lose in the next week against fresh ones, the largest loss
// first: the order of replacement. With the days that are left and the kind of the element to change.
// $limit INTEGER: maximum rows
WITH point({x: 0, y: 0, crs: CASE
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (creative:Creative)
WHERE creative.lossPerWeek IS NOT NULL
OPTIONAL MATCH (creative)-[:PART_OF]->(campaign:Campaign)
RETURN creative.id AS creative, creative.name AS name, campaign.id AS campaign,
  creative.lossPerWeek AS lossPerWeek, creative.lossPerWeekLow AS low, creative.lossPerWeekHigh AS high,
  creative.lossCurrency AS currency, creative.daysRemaining AS daysRemaining,
  creative.fatigueScore AS fatigueScore, creative.fatigueElement AS element
ORDER BY lossPerWeek DESC, creative
LIMIT coalesce(toInteger($limit), 1)
