// Credit of the conversions of a period by weekday and channel of the touches; 1 is Monday, in UTC.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
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
RETURN touch.timestamp.dayOfWeek AS weekday, coalesce(touch.channel, '?') AS channel,
  sum(credited.credit) AS conversions, sum(credited.value) AS value,
  current.id AS run, current.touchModel AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY weekday, conversions DESC, channel
