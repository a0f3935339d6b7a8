// Paths with x before y
// Conversions of a period whose journey has a touch by one channel and a later touch by another, with their
// paths.
// $first STRING: the first channel
// $then STRING: the later channel
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $lookbackDays INTEGER: days before a conversion in which touches count
// $limit INTEGER: maximum rows
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN NOT EXISTS { (:Channel {name: $first}) } THEN 'invalid parameter: $first must be a channel of the graph'
  WHEN NOT EXISTS { (:Channel {name: $then}) } THEN 'invalid parameter: $then must be a channel of the graph'
  WHEN coalesce(toFloat($lookbackDays) <> abs(toInteger($lookbackDays)), true)
    THEN 'invalid parameter: $lookbackDays must be a whole number, at least 0'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (conversion:Conversion) WHERE start <= conversion.timestamp < end
CALL (conversion) {
  OPTIONAL MATCH (earlier)-[:REPEATED]->(conversion)
  WITH conversion, conversion.timestamp - duration({days: toInteger($lookbackDays)}) AS since,
    CASE WHEN earlier IS NOT NULL THEN [earlier.timestamp, earlier.position] END AS previous
  MATCH (conversion)<-[:CONVERTED]-(last)
  WHERE since <= last.timestamp AND (previous IS NULL OR [last.timestamp, last.position] >= previous)
  MATCH (last)(()<-[:PRECEDED]-(one WHERE since <= one.timestamp
    AND (previous IS NULL OR [one.timestamp, one.position] >= previous))){0,}(touch)
  WITH touch ORDER BY touch.timestamp, touch.position, touch.id
  RETURN collect(coalesce(touch.channel, '?')) AS path
}
WITH currency, conversion, path, [i IN range(0, size(path) - 1) WHERE path[i] = $first] AS firsts,
  [i IN range(0, size(path) - 1) WHERE path[i] = $then] AS thens
WHERE firsts[0] < thens[-1]
RETURN conversion.id AS conversion, conversion.timestamp AS at, conversion.value AS value, path,
  toInteger($lookbackDays) AS lookbackDays, currency.check AS currency
ORDER BY at, conversion
LIMIT coalesce(toInteger($limit), 1)
