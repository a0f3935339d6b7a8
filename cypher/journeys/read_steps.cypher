// What journeys need of all customers whose bucket lies in [$lo, $hi), as parallel lists in one record:
// when each touch was, by which channel and of what. customer counts from 0 in the record's list of
// customers; -1 is a missing channel, creative or campaign, -2 one that the maps do not hold.
// $lo INTEGER: first bucket
// $hi INTEGER: bucket after the last
// $channels MAP: code of each channel by its name
// $creatives MAP: code of each creative by its id
// $campaigns MAP: code of each campaign by its id, counted on behind the creatives
// $noTime INTEGER: stands for a missing time
MATCH (c:Customer) WHERE $lo <= c.bucket < $hi
WITH collect(c) AS customers
CALL (customers) {
  UNWIND range(0, size(customers) - 1) AS k
  WITH k, customers[k] AS c
  MATCH (c)-[:TOUCHED]->(t)
  OPTIONAL MATCH (t)-[:SERVED]->(s)
  RETURN collect(k) AS touchCustomer,
    collect(coalesce(t.timestamp.epochMillis, $noTime)) AS touchTime,
    collect(coalesce($channels[t.channel], CASE WHEN t.channel IS NULL THEN -1 ELSE -2 END))
      AS touchChannel,
    collect(CASE
      WHEN s:Creative THEN coalesce($creatives[s.id], -2)
      WHEN s:Campaign THEN coalesce($campaigns[s.id], -2)
      ELSE -1 END) AS touchServed
}
CALL (customers) {
  UNWIND range(0, size(customers) - 1) AS k
  WITH k, customers[k] AS c
  MATCH (c)-[:MADE]->(v)
  RETURN collect(k) AS conversionCustomer,
    collect(v.id) AS conversionId,
    collect(coalesce(v.timestamp.epochMillis, $noTime)) AS conversionTime,
    collect(coalesce(v.kind, '')) AS conversionKind,
    collect(coalesce(v.value, 0.0)) AS conversionValue
}
RETURN [c IN customers | c.id] AS customer, [c IN customers | c.bucket] AS bucket,
  touchCustomer, touchTime, touchChannel, touchServed,
  conversionCustomer, conversionId, conversionTime, conversionKind, conversionValue
