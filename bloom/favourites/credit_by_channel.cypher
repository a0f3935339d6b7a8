// Credit by channel
// One model's credit of each channel in a run: conversions, their share of what all channels
// are credited with (touches without a channel left out), value, cost, and return on advertising
// spend (ROAS) if the cost is known.
// $model STRING: name of the model, such as 'linear'
// $run STRING OR NULL: id or name of a run; null for the published one
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END,
  active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH chosen, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the run'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (chosen)-[assigned:ASSIGNED]->(channel:Channel)
WHERE assigned.model = $model
WITH chosen, currency, collect({channel: channel.name, assigned: assigned}) AS rows,
  sum(assigned.credit) AS total
UNWIND rows AS row
WITH chosen, currency, row.channel AS channel, row.assigned AS assigned, total
RETURN channel, assigned.credit AS conversions, CASE WHEN total > 0 THEN assigned.credit / total END AS share,
  assigned.value AS value, assigned.cost AS cost, assigned.roas AS roas,
  chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, channel
