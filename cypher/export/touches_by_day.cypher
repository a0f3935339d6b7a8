// Touches with a time by day, channel and kind, and what they cost.
// $start DATETIME: start of the period
// $end DATETIME: end (exclusive) of the period
// $zone STRING: name of the time zone of days
MATCH (touch:Touchpoint)
WHERE $start <= touch.timestamp < $end
RETURN date(datetime({datetime: touch.timestamp, timezone: $zone})) AS day,
  touch.channel AS channel, touch.kind AS kind, count(*) AS touches, count(touch.cost) AS priced,
  toFloat(sum(touch.cost)) AS cost
