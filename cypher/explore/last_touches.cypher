// Conversions of a period by channel of the last touch before them, with the median of the hours between
// touch and conversion.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
MATCH (conversion:Conversion) WHERE $from <= conversion.timestamp < $to
MATCH (touch)-[converted:CONVERTED]->(conversion)
RETURN coalesce(touch.channel, '?') AS channel, count(*) AS conversions, sum(conversion.value) AS value,
  percentileCont(converted.timeDelta, 0.5) / 3600.0 AS medianHours
ORDER BY conversions DESC, channel
