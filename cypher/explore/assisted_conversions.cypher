// For each channel, the conversions of a period that it was last before and those that it only assisted;
// assisted per last touch is above 1 for channels that open journeys rather than close them.
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
WITH v, path[-1] AS last, path
UNWIND path AS channel
WITH DISTINCT v, last, channel
WITH channel, count(CASE WHEN channel = last THEN 1 END) AS lastTouch,
  count(CASE WHEN channel <> last THEN 1 END) AS assisted
RETURN channel, assisted, lastTouch,
  CASE WHEN lastTouch > 0 THEN toFloat(assisted) / lastTouch END AS assistedPerLastTouch
ORDER BY assisted DESC, channel
