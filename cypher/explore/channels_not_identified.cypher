// The channels of the current run whose credit by a causal model is not identified: why, as codes, the
// credit with its interval, and what was captured at the moment of purchase.
// $model STRING: name of the model, such as 'incremental'
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS run, point({x: 0, y: 0, crs: CASE
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (current:Run {id: run})-[assigned:ASSIGNED]->(channel:Channel)
WHERE assigned.model = $model AND assigned.identified = false
RETURN channel.name AS channel, assigned.reasons AS reasons, assigned.credit AS conversions,
  assigned.low AS low, assigned.high AS high, assigned.captured AS captured,
  current.id AS run, $model AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, channel
