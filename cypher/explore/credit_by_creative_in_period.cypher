// Credit of creatives for the conversions of a period, such as this month, by the touch model of the
// current run.
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
MATCH (active:Active {job: 'attribute'})
MATCH (current:Run {id: active.run})
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH start, end, current, currency, current.id AS run
MATCH (conversion:Conversion)
USING INDEX SEEK conversion:Conversion(timestamp)
WHERE start <= conversion.timestamp < end
MATCH (touch)-[credited:CREDITED]->(conversion)
WHERE credited.run = run
MATCH (touch)-[:SERVED]->(creative:Creative)
OPTIONAL MATCH (creative)-[:PART_OF]->(campaign:Campaign)
RETURN creative.id AS creative, creative.name AS name, campaign.id AS campaign,
  sum(credited.credit) AS conversions, sum(credited.value) AS value,
  count(DISTINCT conversion) AS assisted,
  current.id AS run, current.touchModel AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, creative
LIMIT coalesce(toInteger($limit), 1)
