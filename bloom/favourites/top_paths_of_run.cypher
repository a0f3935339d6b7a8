// Top paths of run
// The most common paths of channels among the touches that a run credits. Also for data with only
// the order of touches. With a touch model that credits every touch, such as linear, these are the complete
// paths.
// $limit INTEGER: maximum rows
// $run STRING OR NULL: id or name of a run; null for the published one
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS published,
  coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END, active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH chosen, published, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH chosen, currency, chosen.id AS run, coalesce(chosen.id = published, false) AS isPublished
CALL (run, isPublished) {
  WITH run WHERE isPublished
  MATCH (touch:Touchpoint)-[credited:CREDITED {run: run}]->(conversion:Conversion)
  USING INDEX SEEK credited:CREDITED(run)
  RETURN touch, conversion
  UNION ALL
  WITH run WHERE NOT isPublished
  MATCH (touch:Touchpoint)-[kept:KEPT_CREDIT {run: run}]->(conversion:Conversion)
  USING INDEX SEEK kept:KEPT_CREDIT(run)
  RETURN touch, conversion
}
WITH chosen, currency, conversion, touch ORDER BY touch.timestamp, touch.position, touch.id
WITH chosen, currency, conversion, collect(coalesce(touch.channel, '?')) AS path
RETURN path, count(*) AS conversions, sum(conversion.value) AS value,
  chosen.id AS run, chosen.touchModel AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, value DESC, path
LIMIT coalesce(toInteger($limit), 1)
