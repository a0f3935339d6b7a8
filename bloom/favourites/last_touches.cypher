// Last touches
// Conversions of a period by channel of the last touch before them, with the median of the hours between
// touch and conversion; null if there is no touch.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (conversion:Conversion) WHERE start <= conversion.timestamp < end
OPTIONAL MATCH (touch)-[converted:CONVERTED]->(conversion)
RETURN CASE WHEN touch IS NOT NULL THEN coalesce(touch.channel, '?') END AS channel,
  count(*) AS conversions, sum(conversion.value) AS value,
  percentileCont(converted.timeDelta, 0.5) / 3600.0 AS medianHours,
  currency.check AS currency
ORDER BY conversions DESC, channel
