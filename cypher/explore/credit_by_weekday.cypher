// Credit of the conversions of a period by weekday and channel of the touches; 1 is Monday, in UTC.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
MATCH (active:Active {job: 'attribute'})
WITH active.run AS run
MATCH (conversion:Conversion)
USING INDEX SEEK conversion:Conversion(timestamp)
WHERE $from <= conversion.timestamp < $to
MATCH (touch)-[credited:CREDITED]->(conversion)
WHERE credited.run = run
RETURN touch.timestamp.dayOfWeek AS weekday, coalesce(touch.channel, '?') AS channel,
  sum(credited.credit) AS conversions, sum(credited.value) AS value
ORDER BY weekday, conversions DESC, channel
