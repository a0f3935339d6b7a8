// Triggered touches
// Which channels make touches of other channels, in a run: the share of a channel's touches that
// touches of another channel triggered, with its 90 % interval, and the model that estimated it.
// $limit INTEGER: maximum rows
// $run STRING OR NULL: id or name of a run; null for the published one
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END,
  active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH chosen, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH chosen, currency, chosen.id AS run
MATCH (by:Channel)-[triggers:TRIGGERS {run: run}]->(channel:Channel)
RETURN channel.name AS channel, by.name AS by, triggers.share AS share, triggers.low AS low,
  triggers.high AS high, triggers.model AS model,
  chosen.id AS run, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY share DESC, channel, by
LIMIT coalesce(toInteger($limit), 1)
