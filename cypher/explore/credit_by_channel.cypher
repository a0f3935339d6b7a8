// One model's credit of each channel in the current run: conversions, their share of what all channels
// are credited with (touches without a channel left out), value, cost, and return on advertising
// spend (ROAS) if the cost is known.
// $model STRING: name of the model, such as 'linear'
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS run, point({x: 0, y: 0, crs: CASE
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (current:Run {id: run})-[assigned:ASSIGNED]->(channel:Channel)
WHERE assigned.model = $model
WITH current, currency, collect({channel: channel.name, assigned: assigned}) AS rows,
  sum(assigned.credit) AS total
UNWIND rows AS row
WITH current, currency, row.channel AS channel, row.assigned AS assigned, total
RETURN channel, assigned.credit AS conversions, CASE WHEN total > 0 THEN assigned.credit / total END AS share,
  assigned.value AS value, assigned.cost AS cost, assigned.roas AS roas,
  current.id AS run, $model AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, channel
