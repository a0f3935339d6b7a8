// The touches in the journey of one conversion, with their credit in a run.
// $conversion STRING: id of the conversion
// $lookbackDays INTEGER: days before the conversion in which touches count
// $run STRING OR NULL: id or name of a run; null for the published one
OPTIONAL MATCH (conversion:Conversion {id:
  CASE WHEN $conversion IS :: STRING THEN $conversion ELSE toString(toInteger($conversion)) END})
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH conversion,
  coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END, active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH conversion, chosen.id AS run, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL AND $run IS NOT NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN conversion IS NULL THEN 'invalid parameter: $conversion must be the id of a conversion in the graph'
  WHEN coalesce(toFloat($lookbackDays) <> abs(toInteger($lookbackDays)), true)
    THEN 'invalid parameter: $lookbackDays must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (conversion)<-[:MADE]-(customer:Customer)
CALL (customer, conversion) {
  OPTIONAL MATCH (customer)-[:MADE]->(earlier)
  WHERE earlier <> conversion AND earlier.kind = conversion.kind AND CASE WHEN conversion.timestamp IS NULL
    THEN [earlier.position, earlier.id] < [conversion.position, conversion.id]
    ELSE [earlier.timestamp, earlier.position, earlier.id]
      < [conversion.timestamp, conversion.position, conversion.id] END
  WITH earlier ORDER BY earlier.timestamp DESC, earlier.position DESC LIMIT 1
  RETURN earlier AS previous
}
MATCH (customer)-[:TOUCHED]->(touch)
WHERE CASE WHEN conversion.timestamp IS NULL
  THEN touch.position < conversion.position
    AND (previous IS NULL OR touch.position >= previous.position)
  ELSE conversion.timestamp - duration({days: toInteger($lookbackDays)}) <= touch.timestamp
    AND [touch.timestamp, touch.position] < [conversion.timestamp, conversion.position]
    AND (previous IS NULL OR [touch.timestamp, touch.position] >= [previous.timestamp, previous.position])
  END
OPTIONAL MATCH (touch)-[:SERVED]->(served)
OPTIONAL MATCH (touch)-[credited:CREDITED]->(conversion) WHERE credited.run = run
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH currency, touch, served, credited ORDER BY touch.timestamp, touch.position, touch.id
RETURN touch.id AS touch, touch.timestamp AS at, touch.kind AS kind, touch.channel AS channel,
  coalesce(served.id, served.name) AS served, touch.cost AS cost, credited.model AS model,
  credited.credit AS credit, credited.value AS value,
  credited.run AS run, toInteger($lookbackDays) AS lookbackDays,
  currency.check AS currency
