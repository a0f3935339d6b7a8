// What creatives are credited with for the conversions of a period, such as this month, by the touch
// model of the current run.
// $from DATETIME: conversions from this instant on
// $to DATETIME: and before this one
// $limit INTEGER: at most so many rows
MATCH (a:Active {job: 'attribute'})
WITH a.run AS run
MATCH (v:Conversion)
USING INDEX SEEK v:Conversion(timestamp)
WHERE $from <= v.timestamp < $to
MATCH (t)-[x:CREDITED]->(v)
WHERE x.run = run
MATCH (t)-[:SERVED]->(r:Creative)
OPTIONAL MATCH (r)-[:PART_OF]->(k:Campaign)
RETURN r.id AS creative, r.name AS name, k.id AS campaign, sum(x.credit) AS conversions,
  sum(x.value) AS value, count(DISTINCT v) AS assisted
ORDER BY conversions DESC, creative
LIMIT $limit
