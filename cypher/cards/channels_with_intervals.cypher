// One model's credit of channels in a run with its 90 % interval, cost and return.
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
MATCH (chosen)-[assigned:ASSIGNED]->(channel:Channel) WHERE assigned.model = $model
RETURN channel.name AS channel, assigned.credit AS conversions, assigned.low AS low, assigned.high AS high,
  assigned.value AS value, assigned.cost AS cost, assigned.roas AS roas, assigned.roasLow AS roasLow,
  assigned.roasHigh AS roasHigh, assigned.identified AS identified, currency.check AS currency
ORDER BY conversions DESC, channel
