// The journey of one conversion, touch by touch, with the credit that the current run gives each.
// $conversion STRING: id of the conversion
// $lookbackDays INTEGER: days before the conversion within which touches count
MATCH (v:Conversion {id: $conversion})<-[:MADE]-(c:Customer)
CALL (c, v) {
  OPTIONAL MATCH (c)-[:MADE]->(p)
  WHERE p <> v AND CASE WHEN v.timestamp IS NULL
    THEN [p.position, p.id] < [v.position, v.id]
    ELSE [p.timestamp, p.position, p.id] < [v.timestamp, v.position, v.id] END
  WITH p ORDER BY p.timestamp DESC, p.position DESC LIMIT 1
  RETURN p AS previous
}
MATCH (c)-[:TOUCHED]->(t)
WHERE CASE WHEN v.timestamp IS NULL
  THEN t.position < v.position AND (previous IS NULL OR t.position >= previous.position)
  ELSE v.timestamp - duration({days: $lookbackDays}) <= t.timestamp
    AND [t.timestamp, t.position] < [v.timestamp, v.position]
    AND (previous IS NULL OR [t.timestamp, t.position] >= [previous.timestamp, previous.position])
  END
OPTIONAL MATCH (t)-[:SERVED]->(s)
OPTIONAL MATCH (a:Active {job: 'attribute'})
OPTIONAL MATCH (t)-[x:CREDITED]->(v) WHERE x.run = a.run
RETURN t.id AS touch, t.timestamp AS at, t.kind AS kind, t.channel AS channel,
  coalesce(s.id, s.name) AS served, t.cost AS cost, x.model AS model, x.credit AS credit,
  x.value AS value
ORDER BY at, t.position, touch
