// Creatives by the money that they are expected to lose in the next week against fresh ones, the largest loss
// first: the order of replacement. With the days that are left and the kind of the element to change.
// $limit INTEGER: maximum rows
MATCH (creative:Creative)
WHERE creative.lossPerWeek IS NOT NULL
OPTIONAL MATCH (creative)-[:PART_OF]->(campaign:Campaign)
RETURN creative.id AS creative, creative.name AS name, campaign.id AS campaign,
  creative.lossPerWeek AS lossPerWeek, creative.lossPerWeekLow AS low, creative.lossPerWeekHigh AS high,
  creative.lossCurrency AS currency, creative.daysRemaining AS daysRemaining,
  creative.fatigueScore AS fatigueScore, creative.fatigueElement AS element
ORDER BY lossPerWeek DESC, creative
LIMIT $limit
