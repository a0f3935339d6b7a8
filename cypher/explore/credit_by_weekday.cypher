// On which days of the week the credited touches of a period's conversions fell, by channel: 1 is Monday,
// in UTC.
// $from DATETIME: conversions from this instant on
// $to DATETIME: and before this one
MATCH (a:Active {job: 'attribute'})
WITH a.run AS run
MATCH (v:Conversion)
USING INDEX SEEK v:Conversion(timestamp)
WHERE $from <= v.timestamp < $to
MATCH (t)-[x:CREDITED]->(v)
WHERE x.run = run
RETURN t.timestamp.dayOfWeek AS weekday, coalesce(t.channel, '?') AS channel,
  sum(x.credit) AS conversions, sum(x.value) AS value
ORDER BY weekday, conversions DESC, channel
