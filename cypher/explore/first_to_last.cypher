// From which first channel to which last one journeys lead, for the conversions of a period; journeys of
// one touch stand on the diagonal.
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
  RETURN collect(coalesce(t.channel, '?')) AS path
}
WITH v, path WHERE size(path) > 0
RETURN path[0] AS first, path[-1] AS last, count(*) AS conversions, sum(v.value) AS value
ORDER BY conversions DESC, first, last
