// Takes ids of erased persons off the events of others, who used the same device. Returns how many there were.
// $customer LIST<STRING>: ids of the others
// $id LIST<STRING>: ids of the erased persons
CALL () {
  UNWIND $customer AS customer
  MATCH (:Customer {id: customer})-[:TOUCHED|MADE|CANCELLED]->(event)
  WHERE event.identity IN $id OR event.userId IN $id
  RETURN collect(event) AS events
}
FOREACH (event IN events |
  SET event.identity = CASE WHEN event.identity IN $id THEN null ELSE event.identity END,
    event.userId = CASE WHEN event.userId IN $id THEN null ELSE event.userId END)
RETURN size(events) AS unnamed
