// All touches and conversions of one customer, oldest first.
// $customer STRING: id of the customer in the graph
// $limit INTEGER: maximum rows
MATCH (customer:Customer {id: $customer})-[:TOUCHED|MADE]->(entry)
OPTIONAL MATCH (entry)-[:SERVED]->(served)
RETURN entry.timestamp AS at, CASE WHEN entry:Conversion THEN 'conversion' ELSE 'touch' END AS event,
  entry.id AS id, entry.kind AS kind, entry.channel AS channel, coalesce(served.id, served.name) AS served,
  entry.cost AS cost, entry.value AS value
ORDER BY at, entry.position, event DESC, id
LIMIT $limit
