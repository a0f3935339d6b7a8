// Stores which customers the events of linked ids belong to, once all of them do.
// $id LIST<STRING>: ids of links, sorted
// $customer LIST<STRING>: id of the customer of each
UNWIND range(0, size($id) - 1) AS row
MATCH (identity:Identity {id: $id[row]})
SET identity.customerId = $customer[row]
