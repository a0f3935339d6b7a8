// Deletes events before a time with their refunds, credit, and orders of which no conversion is left, products of
// which no order is left, and customers who have no other events, with the links of their ids. Commits after each few hundred customers.
// $before INTEGER: epoch milliseconds
// $load INTEGER: number of the change, by which customers with later events are found
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
    COLLECT { UNWIND old AS event MATCH (event)<-[:REDUCES]-(refund) RETURN DISTINCT refund } AS refunds,
    COLLECT {
      UNWIND old AS event
      MATCH (event)-[:OF_ORDER]->(order)
      WHERE NOT EXISTS {
        MATCH (order)<-[:OF_ORDER]-(other)
        WHERE other.customerId <> customer.id
          OR NOT coalesce(other.timestamp < datetime({epochMillis: $before}), false)
      }
      RETURN DISTINCT order
    } AS orders
  WITH customer, old, gone, refunds, orders,
    COLLECT { UNWIND orders AS order MATCH (order)-[:CONTAINS]->(product) RETURN DISTINCT product } AS bought
  WITH customer, old, refunds, orders, bought,
    CASE WHEN gone THEN [customer] ELSE [] END AS customers,
    CASE WHEN gone THEN [(identity:Identity)-[:IS]->(customer) | identity] ELSE [] END AS links
  WITH customer, old, refunds, orders, bought, customers, links, size(orders) AS ordered,
    size([event IN old WHERE event:Touchpoint]) AS touches,
    size([event IN old WHERE event:Conversion]) AS conversions,
    size([event IN old WHERE event:CancelledConversion]) AS cancelled
  FOREACH (one IN CASE WHEN size(customers) = 0 THEN [customer] ELSE [] END |
    SET one.changedBy = coalesce($load, one.changedBy))
  FOREACH (node IN old + refunds + orders + links + customers | DETACH DELETE node)
  WITH touches, conversions, cancelled, refunds, ordered, customers, links,
    COLLECT { UNWIND bought AS product WITH product WHERE NOT EXISTS { (product)<-[:CONTAINS]-() } RETURN product }
    AS bare
  FOREACH (product IN bare | DELETE product)
  RETURN touches, conversions, cancelled, size(refunds) AS refunds, ordered AS orders, size(bare) AS products,
    size(customers) AS customers, size(links) AS identities
} IN TRANSACTIONS OF $rows ROWS
RETURN sum(touches) AS touches, sum(conversions) AS conversions, sum(cancelled) AS cancelled,
  sum(refunds) AS refunds, sum(orders) AS orders, sum(products) AS products, sum(customers) AS customers, sum(identities) AS identities
