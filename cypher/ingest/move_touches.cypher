// Gives touches to other customers.
// $id LIST<STRING>: ids of touches
// $customer LIST<STRING>: id of the new customer of each
// $identity LIST<STRING>: id under which each was recorded, null if it is that of the new customer
UNWIND range(0, size($id) - 1) AS row
MATCH (customer:Customer {id: $customer[row]})
CALL (row, customer) {
  MATCH (touch:Touchpoint {id: $id[row]})<-[old:TOUCHED]-()
  DELETE old
  SET touch.customerId = customer.id, touch.identity = $identity[row]
  CREATE (customer)-[:TOUCHED]->(touch)
}
