// Journey of conversion
// The touches in the journey of one conversion, with their credit in a run.
// $conversion STRING: id of the conversion
// $lookbackDays INTEGER: days before the conversion in which touches count
// $run STRING OR NULL: id or name of a run; null for the published one
OPTIONAL MATCH (conversion:Conversion {id:
  CASE WHEN $conversion IS :: STRING THEN $conversion ELSE toString(toInteger($conversion)) END})
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH conversion, active.run AS published,
  coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END, active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH conversion, chosen.id AS run,
  CASE WHEN chosen.id = published THEN 'CREDITED' ELSE 'KEPT_CREDIT' END AS form,
  point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL AND $run IS NOT NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN conversion IS NULL THEN 'invalid parameter: $conversion must be the id of a conversion in the graph'
  WHEN coalesce(toFloat($lookbackDays) <> abs(toInteger($lookbackDays)), true)
    THEN 'invalid parameter: $lookbackDays must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
CALL (conversion) {
  OPTIONAL MATCH (earlier)-[:REPEATED]->(conversion)
  WITH conversion, conversion.timestamp - duration({days: toInteger($lookbackDays)}) AS since,
    CASE WHEN earlier IS NOT NULL THEN [coalesce(earlier.timestamp, 0), earlier.position] END AS previous
  MATCH (conversion)<-[:CONVERTED]-(last)
  WHERE coalesce(since <= last.timestamp, true)
    AND (previous IS NULL OR [coalesce(last.timestamp, 0), last.position] >= previous)
  MATCH (last)(()<-[:PRECEDED]-(one WHERE coalesce(since <= one.timestamp, true)
    AND (previous IS NULL OR [coalesce(one.timestamp, 0), one.position] >= previous))){0,}(touch)
  RETURN touch
}
OPTIONAL MATCH (touch)-[:SERVED]->(served)
OPTIONAL MATCH (touch)-[credited:CREDITED|KEPT_CREDIT]->(conversion)
WHERE type(credited) = form AND credited.run = run
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH currency, touch, served, credited ORDER BY touch.timestamp, touch.position, touch.id
RETURN touch.id AS touch, touch.timestamp AS at, touch.kind AS kind, touch.channel AS channel,
  coalesce(served.id, served.name) AS served, touch.cost AS cost, credited.model AS model,
  credited.credit AS credit, credited.value AS value,
  credited.run AS run, toInteger($lookbackDays) AS lookbackDays,
  currency.check AS currency
