// Deletes customers and links of their ids, and takes their ids off accounts. Returns how many customers and links
// there were.
// $customer LIST<STRING>: ids of the customers
// $link LIST<STRING>: ids of the links
// $id LIST<STRING>: ids of the same persons, for which accounts may wait
CALL () {
  MATCH (account:Account) WHERE any(id IN account.waiting WHERE id IN $id)
  WITH account, [id IN account.waiting WHERE NOT id IN $id] AS left
  SET account.waiting = CASE WHEN size(left) > 0 THEN left END
}
CALL () {
  UNWIND $customer AS id
  MATCH (customer:Customer {id: id})
  WITH collect(customer) AS customers
  FOREACH (customer IN customers | DETACH DELETE customer)
  RETURN size(customers) AS customers
}
CALL () {
  UNWIND $link AS id
  MATCH (identity:Identity {id: id})
  WITH collect(identity) AS links
  FOREACH (identity IN links | DETACH DELETE identity)
  RETURN size(links) AS identities
}
RETURN customers, identities
