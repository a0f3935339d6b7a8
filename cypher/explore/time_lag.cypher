// How many days pass from the first touch of a journey to its conversion, for the conversions of a period:
// one row a number of whole days.
// $from DATETIME: conversions from this instant on
// $to DATETIME: and before this one
// $lookbackDays INTEGER: days before a conversion within which touches count
MATCH (v:Conversion) WHERE $from <= v.timestamp < $to
MATCH (c:Customer)-[:MADE]->(v)
CALL (c, v) {
  MATCH (c)-[:MADE]->(p)
  WHERE [p.timestamp, p.position, p.id] < [v.timestamp, v.position, v.id]
  RETURN max([p.timestamp, p.position]) AS previous
}
CALL (c, v, previous) {
  MATCH (c)-[:TOUCHED]->(t)
  WHERE v.timestamp - duration({days: $lookbackDays}) <= t.timestamp
    AND [t.timestamp, t.position] < [v.timestamp, v.position]
    AND (previous IS NULL OR [t.timestamp, t.position] >= previous)
  WITH t ORDER BY t.timestamp, t.position, t.id
  RETURN min(t.timestamp) AS start
}
WITH v, start WHERE start IS NOT NULL
WITH v, duration.inDays(start, v.timestamp).days AS days
RETURN days, count(*) AS conversions, sum(v.value) AS value
ORDER BY days
