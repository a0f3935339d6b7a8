// All touches of some customers as parallel lists in one record: what a loader compares and links with.
// served is 'creative ', 'campaign ' or 'channel ' and the id or name, '' where nothing is known.
// $customer LIST<STRING>: ids of customers
// $noTime INTEGER: stands for a missing time
UNWIND range(0, size($customer) - 1) AS k
MATCH (c:Customer {id: $customer[k]})-[:TOUCHED]->(t)
OPTIONAL MATCH (t)-[:SERVED]->(s)
RETURN collect(k) AS customer, collect(t.id) AS id,
  collect(coalesce(t.timestamp.epochMillis, $noTime)) AS time,
  collect(coalesce(t.position, 0)) AS position,
  collect(coalesce(t.kind, '')) AS kind,
  collect(coalesce(t.channel, '')) AS channel,
  collect(coalesce(t.cost, -1.0)) AS cost,
  collect(CASE
    WHEN s:Creative THEN 'creative ' + s.id
    WHEN s:Campaign THEN 'campaign ' + s.id
    WHEN s:Channel THEN 'channel ' + s.name
    ELSE '' END) AS served
