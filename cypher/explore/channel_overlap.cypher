// Pairs of channels that stand in the same journeys, for the conversions of a period, and how much more
// often than if they had nothing to do with each other (lift).
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
  RETURN collect(DISTINCT t.channel) AS channels
}
WITH collect(channels) AS journeys
UNWIND journeys AS channels
UNWIND channels AS one
UNWIND channels AS other
WITH size(journeys) AS total, journeys, one, other, count(*) AS together
WHERE one < other
WITH total, one, other, together,
  size([j IN journeys WHERE one IN j]) AS withOne, size([j IN journeys WHERE other IN j]) AS withOther
RETURN one, other, together, withOne, withOther,
  toFloat(together) * total / (withOne * withOther) AS lift
ORDER BY together DESC, one, other
LIMIT $limit
