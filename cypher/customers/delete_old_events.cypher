// Deletes events before a time with their refunds and credit, and customers who have no other events, with the
// links of their ids. Commits after each few hundred customers.
// $before INTEGER: epoch milliseconds
// $rows INTEGER: customers per transaction
MATCH (customer:Customer)
WHERE EXISTS {
  MATCH (customer)-[:TOUCHED|MADE|CANCELLED]->(event)
  WHERE event.timestamp < datetime({epochMillis: $before})
}
CALL (customer) {
  MATCH (customer)-[:TOUCHED|MADE|CANCELLED]->(event)
  WITH customer, collect(event) AS events
  WITH customer, size(events) AS held,
    [event IN events WHERE event.timestamp < datetime({epochMillis: $before})] AS old
  WITH customer, old, held = size(old) AS gone,
    COLLECT { UNWIND old AS event MATCH (event)<-[:REDUCES]-(refund) RETURN DISTINCT refund } AS refunds
  WITH old, refunds,
    CASE WHEN gone THEN [customer] ELSE [] END AS customers,
    CASE WHEN gone THEN [(identity:Identity)-[:IS]->(customer) | identity] ELSE [] END AS links
  WITH old, refunds, customers, links,
    size([event IN old WHERE event:Touchpoint]) AS touches,
    size([event IN old WHERE event:Conversion]) AS conversions,
    size([event IN old WHERE event:CancelledConversion]) AS cancelled
  FOREACH (node IN old + refunds + links + customers | DETACH DELETE node)
  RETURN touches, conversions, cancelled, size(refunds) AS refunds, size(customers) AS customers,
    size(links) AS identities
} IN TRANSACTIONS OF $rows ROWS
RETURN sum(touches) AS touches, sum(conversions) AS conversions, sum(cancelled) AS cancelled,
  sum(refunds) AS refunds, sum(customers) AS customers, sum(identities) AS identities
