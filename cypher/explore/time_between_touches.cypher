// How soon a customer's next touch follows, by channel of the touches of a period: how many were followed by
// another one, at any time, and the quartiles of the hours between. '?' is an unknown channel.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
MATCH (touch:Touchpoint) WHERE start <= touch.timestamp < end
OPTIONAL MATCH (touch)-[preceded:PRECEDED]->()
RETURN coalesce(touch.channel, '?') AS channel, count(*) AS touches, count(preceded) AS followed,
  percentileCont(preceded.timeDelta, 0.25) / 3600.0 AS lowerQuartileHours,
  percentileCont(preceded.timeDelta, 0.5) / 3600.0 AS medianHours,
  percentileCont(preceded.timeDelta, 0.75) / 3600.0 AS upperQuartileHours
ORDER BY touches DESC, channel
