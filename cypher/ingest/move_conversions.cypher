// Gives conversions to other customers; cancelled ones stay as they are.
// $id LIST<STRING>: ids of conversions
// $customer LIST<STRING>: id of the new customer of each
// $identity LIST<STRING>: id under which each was recorded, null if it is that of the new customer
// $load INTEGER: number of the load by which they change, or null
UNWIND range(0, size($id) - 1) AS row
MATCH (customer:Customer {id: $customer[row]})
CALL (row, customer) {
  MATCH (conversion:Conversion {id: $id[row]})<-[old:MADE]-(before)
  DELETE old
  SET customer.changedBy = coalesce($load, customer.changedBy),
    before.changedBy = coalesce($load, before.changedBy),
    conversion.customerId = customer.id, conversion.identity = $identity[row]
  CREATE (customer)-[:MADE]->(conversion)
}
