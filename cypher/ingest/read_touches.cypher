// All touches of these customers, as parallel lists in one record, to compare and link new events with.
// identity is '' if a touch was recorded under the customer's own id, userId '' if its row named no user;
// served is 'creative ', 'campaign ' or 'channel ' followed by the id or name, and '' if unknown.
// $customer LIST<STRING>: ids of customers
// $noTime INTEGER: represents a missing time
UNWIND range(0, size($customer) - 1) AS row
MATCH (customer:Customer {id: $customer[row]})-[:TOUCHED]->(touch)
OPTIONAL MATCH (touch)-[:SERVED]->(served)
RETURN collect(row) AS customer, collect(touch.id) AS id,
  collect(coalesce(touch.timestamp.epochMillis, $noTime)) AS time,
  collect(coalesce(touch.timestamp.nanosecond % 1000000, 0)) AS nanosecond,
  collect(coalesce(touch.position, 0)) AS position,
  collect(coalesce(touch.kind, '')) AS kind,
  collect(coalesce(touch.channel, '')) AS channel,
  collect(coalesce(touch.cost, -1.0)) AS cost,
  collect(coalesce(touch.identity, '')) AS identity,
  collect(coalesce(touch.userId, '')) AS userId,
  collect(CASE
    WHEN served:Creative THEN 'creative ' + served.id
    WHEN served:Campaign THEN 'campaign ' + served.id
    WHEN served:Channel THEN 'channel ' + served.name
    ELSE '' END) AS served
