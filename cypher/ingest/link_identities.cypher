// Connects links of ids with their customers, as far as these exist, and with no others.
// $id LIST<STRING>: ids of links, sorted
UNWIND $id AS id
MATCH (identity:Identity {id: id})
CALL (identity) {
  MATCH (identity)-[old:IS]->(customer:Customer) WHERE customer.id <> identity.customerId
  DELETE old
}
CALL (identity) {
  MATCH (customer:Customer {id: identity.customerId})
  MERGE (identity)-[:IS]->(customer)
}
