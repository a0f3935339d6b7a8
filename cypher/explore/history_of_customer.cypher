// All that is known to have happened with one customer, oldest first: touches and conversions.
// $customer STRING: id of the customer, as the graph knows it
// $limit INTEGER: at most so many rows
MATCH (c:Customer {id: $customer})-[:TOUCHED|MADE]->(e)
OPTIONAL MATCH (e)-[:SERVED]->(s)
RETURN e.timestamp AS at, CASE WHEN e:Conversion THEN 'conversion' ELSE 'touch' END AS event,
  e.id AS id, e.kind AS kind, e.channel AS channel, coalesce(s.id, s.name) AS served, e.cost AS cost,
  e.value AS value
ORDER BY at, e.position, event DESC, id
LIMIT $limit
