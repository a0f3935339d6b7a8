// Gives touches to other customers.
// $id LIST<STRING>: ids of touches
// $customer LIST<STRING>: id of the new customer of each
// $identity LIST<STRING>: id under which each was recorded, null if it is that of the new customer
// $load INTEGER: number of the load by which they change, or null
UNWIND range(0, size($id) - 1) AS row
MATCH (customer:Customer {id: $customer[row]})
CALL (row, customer) {
  MATCH (touch:Touchpoint {id: $id[row]})<-[old:TOUCHED]-(before)
  DELETE old
  SET customer.changedBy = coalesce($load, customer.changedBy),
    before.changedBy = coalesce($load, before.changedBy),
    touch.customerId = customer.id, touch.identity = $identity[row]
  CREATE (customer)-[:TOUCHED]->(touch)
}
