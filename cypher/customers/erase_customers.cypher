// Deletes customers, links of their ids, and accounts that nobody else belongs to. Returns how many there were.
// $customer LIST<STRING>: ids of the customers
// $link LIST<STRING>: ids of the links
// $id LIST<STRING>: ids of the same persons, for which accounts may wait
CALL () {
  MATCH (account:Account) WHERE any(id IN account.waiting WHERE id IN $id)
  WITH account, [id IN account.waiting WHERE NOT id IN $id] AS left
  SET account.waiting = CASE WHEN size(left) > 0 THEN left END
  RETURN collect(account) AS waiting
}
CALL () {
  UNWIND $customer AS id
  MATCH (customer:Customer {id: id})
  OPTIONAL MATCH (customer)-[:BELONGS_TO]->(account:Account)
  WITH collect(DISTINCT customer) AS customers, collect(DISTINCT account) AS accounts
  FOREACH (customer IN customers | DETACH DELETE customer)
  RETURN size(customers) AS customers, accounts
}
CALL () {
  UNWIND $link AS id
  MATCH (identity:Identity {id: id})
  WITH collect(identity) AS links
  FOREACH (identity IN links | DETACH DELETE identity)
  RETURN size(links) AS identities
}
WITH customers, identities, [account IN waiting + accounts
  WHERE NOT EXISTS { (account)<-[:BELONGS_TO]-() } AND account.waiting IS NULL] AS empty
CALL (empty) {
  UNWIND empty AS account
  WITH collect(DISTINCT account) AS accounts
  FOREACH (account IN accounts | DETACH DELETE account)
  RETURN size(accounts) AS accounts
}
RETURN customers, identities, accounts
