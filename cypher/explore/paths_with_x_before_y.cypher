// Conversions of a period whose journey has a touch by one channel and, later, one by another; with their
// paths.
// $first STRING: the channel that comes first
// $then STRING: the channel that comes later
// $from DATETIME: conversions from this instant on
// $to DATETIME: and before this one
// $lookbackDays INTEGER: days before a conversion within which touches count
// $limit INTEGER: at most so many rows
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
WITH v, path, [i IN range(0, size(path) - 1) WHERE path[i] = $first] AS firsts,
  [i IN range(0, size(path) - 1) WHERE path[i] = $then] AS thens
WHERE firsts[0] < thens[-1]
RETURN v.id AS conversion, v.timestamp AS at, v.value AS value, path
ORDER BY at, conversion
LIMIT $limit
