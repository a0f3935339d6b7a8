// Gives conversions to other customers; cancelled ones stay as they are.
// $id LIST<STRING>: ids of conversions
// $customer LIST<STRING>: id of the new customer of each
// $identity LIST<STRING>: id under which each was recorded, null if it is that of the new customer
UNWIND range(0, size($id) - 1) AS row
MATCH (customer:Customer {id: $customer[row]})
CALL (row, customer) {
  MATCH (conversion:Conversion {id: $id[row]})<-[old:MADE]-()
  DELETE old
  SET conversion.customerId = customer.id, conversion.identity = $identity[row]
  CREATE (customer)-[:MADE]->(conversion)
}
