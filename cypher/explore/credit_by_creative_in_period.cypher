// Credit of creatives for the conversions of a period, such as this month, by the touch model of the
// current run.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $limit INTEGER: maximum rows
MATCH (active:Active {job: 'attribute'})
WITH active.run AS run
MATCH (conversion:Conversion)
USING INDEX SEEK conversion:Conversion(timestamp)
WHERE $from <= conversion.timestamp < $to
MATCH (touch)-[credited:CREDITED]->(conversion)
WHERE credited.run = run
MATCH (touch)-[:SERVED]->(creative:Creative)
OPTIONAL MATCH (creative)-[:PART_OF]->(campaign:Campaign)
RETURN creative.id AS creative, creative.name AS name, campaign.id AS campaign,
  sum(credited.credit) AS conversions, sum(credited.value) AS value,
  count(DISTINCT conversion) AS assisted
ORDER BY conversions DESC, creative
LIMIT $limit
