// Deletes the events of customers with their refunds, credit, and orders that nobody else has, with products that no
// other order has. Returns how many there were.
// $customer LIST<STRING>: ids of the customers
CALL () {
  UNWIND $customer AS id
  MATCH (:Customer {id: id})-[:TOUCHED|MADE|CANCELLED]->(event)
  RETURN collect(event) AS events
}
WITH events,
  COLLECT { UNWIND events AS event MATCH (event)<-[:REDUCES]-(refund) RETURN DISTINCT refund } AS refunds,
  COLLECT {
    UNWIND events AS event
    MATCH (event)-[:OF_ORDER]->(order)
    WHERE NOT EXISTS { MATCH (order)<-[:OF_ORDER]-(other) WHERE NOT other.customerId IN $customer }
    RETURN DISTINCT order
  } AS orders,
  COUNT { UNWIND events AS event MATCH (event:Touchpoint)-[credited]->(:Conversion) WHERE credited.run IS NOT NULL }
    AS credits
WITH events, refunds, orders, credits,
  COLLECT { UNWIND orders AS order MATCH (order)-[:CONTAINS]->(product) RETURN DISTINCT product } AS bought,
  size([event IN events WHERE event:Touchpoint]) AS touches,
  size([event IN events WHERE event:Conversion]) AS conversions,
  size([event IN events WHERE event:CancelledConversion]) AS cancelled,
  size(refunds) AS refunded, size(orders) AS ordered
FOREACH (event IN events + refunds + orders | DETACH DELETE event)
WITH touches, conversions, cancelled, refunded, ordered, credits,
  COLLECT { UNWIND bought AS product WITH product WHERE NOT EXISTS { (product)<-[:CONTAINS]-() } RETURN product }
  AS bare
FOREACH (product IN bare | DELETE product)
RETURN touches, conversions, cancelled, refunded AS refunds, ordered AS orders, size(bare) AS products, credits
