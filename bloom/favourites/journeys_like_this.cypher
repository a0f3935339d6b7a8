// Journeys like this
// Conversions of a period whose journeys are most like that of one conversion. The similarity is the share of steps
// that both have among those that either has, 1 for the same path; steps lead from channel to channel, from the
// start to the first one and from the last one to the conversion. '?' is an unknown channel.
// $conversion STRING: id of the conversion, which has a time
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $lookbackDays INTEGER: days before a conversion in which touches count
// $limit INTEGER: maximum rows
OPTIONAL MATCH (chosen:Conversion {id:
  CASE WHEN $conversion IS :: STRING THEN $conversion ELSE toString(toInteger($conversion)) END})
WITH chosen, datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH chosen, start, end, point({x: 0, y: 0, crs: CASE
  WHEN chosen.timestamp IS NULL
    THEN 'invalid parameter: $conversion must be the id of a conversion with a time in the graph'
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN coalesce(toFloat($lookbackDays) <> abs(toInteger($lookbackDays)), true)
    THEN 'invalid parameter: $lookbackDays must be a whole number, at least 0'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
CALL (chosen, start, end) {
  RETURN chosen AS conversion
  UNION
  MATCH (conversion:Conversion) WHERE start <= conversion.timestamp < end
  RETURN conversion
}
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
UNWIND range(0, size(path)) AS i
WITH currency, chosen, conversion, path,
  collect(DISTINCT [CASE WHEN i > 0 THEN path[i - 1] ELSE '' END, coalesce(path[i], '')]) AS steps
WITH currency, chosen, collect([conversion, path, steps]) AS journeys
WITH currency, chosen, journeys, head([one IN journeys WHERE one[0] = chosen | one[2]]) AS own
UNWIND journeys AS one
WITH currency, own, one[0] AS conversion, one[1] AS path, one[2] AS steps WHERE one[0] <> chosen
WITH currency, own, conversion, path, steps, size([step IN steps WHERE step IN own]) AS common
RETURN conversion.id AS conversion, conversion.timestamp AS at, conversion.value AS value, path,
  toFloat(common) / (size(own) + size(steps) - common) AS similarity,
  toInteger($lookbackDays) AS lookbackDays, currency.check AS currency
ORDER BY similarity DESC, at, conversion
LIMIT coalesce(toInteger($limit), 1)
