// The most common paths of channels among the touches that the current run credits. Also for data with only
// the order of touches. With a touch model that credits every touch, such as linear, these are the complete
// paths.
// $limit INTEGER: maximum rows
WITH point({x: 0, y: 0, crs: CASE
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (active:Active {job: 'attribute'})
MATCH (current:Run {id: active.run})
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH current, currency, current.id AS run
MATCH (touch:Touchpoint)-[credited:CREDITED {run: run}]->(conversion:Conversion)
USING INDEX SEEK credited:CREDITED(run)
WITH current, currency, conversion, touch ORDER BY touch.timestamp, touch.position, touch.id
WITH current, currency, conversion, collect(coalesce(touch.channel, '?')) AS path
RETURN path, count(*) AS conversions, sum(conversion.value) AS value,
  current.id AS run, current.touchModel AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, value DESC, path
LIMIT coalesce(toInteger($limit), 1)
