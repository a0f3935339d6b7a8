// Deletes the events of customers with their refunds and credit. Returns how many there were.
// $customer LIST<STRING>: ids of the customers
CALL () {
  UNWIND $customer AS id
  MATCH (:Customer {id: id})-[:TOUCHED|MADE|CANCELLED]->(event)
  RETURN collect(event) AS events
}
WITH events,
  COLLECT { UNWIND events AS event MATCH (event)<-[:REDUCES]-(refund) RETURN DISTINCT refund } AS refunds,
  COUNT { UNWIND events AS event MATCH (event:Touchpoint)-[credited]->(:Conversion) WHERE credited.run IS NOT NULL }
    AS credits
WITH events, refunds, credits,
  size([event IN events WHERE event:Touchpoint]) AS touches,
  size([event IN events WHERE event:Conversion]) AS conversions,
  size([event IN events WHERE event:CancelledConversion]) AS cancelled,
  size(refunds) AS refunded
FOREACH (event IN events + refunds | DETACH DELETE event)
RETURN touches, conversions, cancelled, refunded AS refunds, credits
