// Sole channels
// For each channel, the conversions of a period that it alone led to: those whose journey has touches of no other
// channel, with their value and their share of all conversions whose journey has the channel. '?' is an unknown
// channel.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $lookbackDays INTEGER: days before a conversion in which touches count
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN coalesce(toFloat($lookbackDays) <> abs(toInteger($lookbackDays)), true)
    THEN 'invalid parameter: $lookbackDays must be a whole number, at least 0'
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
  RETURN collect(DISTINCT coalesce(touch.channel, '?')) AS channels
}
UNWIND channels AS channel
WITH currency, channel, count(*) AS withChannel, count(CASE WHEN size(channels) = 1 THEN 1 END) AS sole,
  sum(CASE WHEN size(channels) = 1 THEN conversion.value END) AS value
RETURN channel, sole, toFloat(value) AS value, withChannel, toFloat(sole) / withChannel AS share,
  toInteger($lookbackDays) AS lookbackDays, currency.check AS currency
ORDER BY sole DESC, channel
