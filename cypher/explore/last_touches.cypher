// What came last before the conversions of a period, and how soon they followed: conversions by channel
// of the last touch with the median of the hours between.
// $from DATETIME: conversions from this instant on
// $to DATETIME: and before this one
MATCH (v:Conversion) WHERE $from <= v.timestamp < $to
MATCH (t)-[x:CONVERTED]->(v)
RETURN coalesce(t.channel, '?') AS channel, count(*) AS conversions, sum(v.value) AS value,
  percentileCont(x.timeDelta, 0.5) / 3600.0 AS medianHours
ORDER BY conversions DESC, channel
