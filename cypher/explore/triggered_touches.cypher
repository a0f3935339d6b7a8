// Which channels make touches of other channels, in the current run: the share of a channel's touches that
// touches of another channel triggered, with its 90 % interval, and the model that estimated it.
// $limit INTEGER: maximum rows
WITH point({x: 0, y: 0, crs: CASE
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (active:Active {job: 'attribute'})
MATCH (current:Run {id: active.run})
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH current, currency, current.id AS run
MATCH (by:Channel)-[triggers:TRIGGERS {run: run}]->(channel:Channel)
RETURN channel.name AS channel, by.name AS by, triggers.share AS share, triggers.low AS low,
  triggers.high AS high, triggers.model AS model,
  current.id AS run, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY share DESC, channel, by
LIMIT coalesce(toInteger($limit), 1)
