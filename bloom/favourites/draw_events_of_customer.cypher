// Events of customer $customer
// title: Events of customer $customer
// All touches and conversions of one customer, in order, with what the touches served.
// $customer STRING: id of the customer in the graph
OPTIONAL MATCH (customer:Customer {id:
  CASE WHEN $customer IS :: STRING THEN $customer ELSE toString(toInteger($customer)) END})
WITH customer, point({x: 0, y: 0, crs: CASE
  WHEN customer IS NULL THEN 'invalid parameter: $customer must be the id of a customer in the graph'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (customer)-[relation:TOUCHED|MADE]->(event)
OPTIONAL MATCH (event)-[served:SERVED]->(content)
OPTIONAL MATCH (event)-[next:PRECEDED|CONVERTED]->(following)
RETURN customer, relation, event, served, content, next, following
