// History of customer
// All touches and conversions of one customer, oldest first.
// $customer STRING: id of the customer in the graph
// $limit INTEGER: maximum rows
OPTIONAL MATCH (customer:Customer {id:
  CASE WHEN $customer IS :: STRING THEN $customer ELSE toString(toInteger($customer)) END})
WITH customer, point({x: 0, y: 0, crs: CASE
  WHEN customer IS NULL THEN 'invalid parameter: $customer must be the id of a customer in the graph'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (customer)-[:TOUCHED|MADE]->(entry)
OPTIONAL MATCH (entry)-[:SERVED]->(served)
RETURN entry.timestamp AS at, CASE WHEN entry:Conversion THEN 'conversion' ELSE 'touch' END AS event,
  entry.id AS id, entry.kind AS kind, entry.channel AS channel, coalesce(served.id, served.name) AS served,
  entry.cost AS cost, entry.value AS value,
  currency.check AS currency
ORDER BY at, entry.position, event DESC, id
LIMIT coalesce(toInteger($limit), 1)
