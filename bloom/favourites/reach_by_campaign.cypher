// Reach by campaign
// Customers that each campaign reached in a period, and how often on average, the largest reach first. Only the
// touches of the period are read.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $limit INTEGER: maximum rows
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (touch:Touchpoint) WHERE start <= touch.timestamp < end
MATCH (touch)-[:SERVED]->(served)
WITH served, touch.customerId AS customer, count(*) AS touches
WITH served, collect([customer, touches]) AS reached
OPTIONAL MATCH (served)-[:PART_OF]->(of:Campaign)
WITH CASE WHEN served:Campaign THEN served ELSE of END AS campaign, reached
WHERE campaign IS NOT NULL
UNWIND reached AS one
WITH campaign, one[0] AS customer, sum(one[1]) AS touches
RETURN campaign.id AS campaign, campaign.name AS name, count(*) AS reach, sum(touches) AS touches,
  toFloat(sum(touches)) / count(*) AS frequency
ORDER BY reach DESC, campaign
LIMIT coalesce(toInteger($limit), 1)
