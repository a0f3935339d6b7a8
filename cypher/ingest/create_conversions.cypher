// Creates new conversions and links them to their customers.
// $customer LIST<STRING>: id of the customer of each row
// $id LIST<STRING>: id of each conversion
// $time LIST<INTEGER>: epoch milliseconds, null if only the order is known
// $nanosecond LIST<INTEGER>: nanoseconds within the second; empty if all times are whole milliseconds
// $position LIST<INTEGER>: order among events with equal or missing times
// $kinds LIST<STRING>: kinds of conversions, null last
// $kind LIST<INTEGER>: index into $kinds
// $value LIST<FLOAT>: value, currency
// $identities LIST<STRING>: ids under which conversions were recorded, null last
// $identity LIST<INTEGER>: index into $identities, -1 if it is the customer's
// $userIds LIST<STRING>: users that conversions name with another id, null last
// $userId LIST<INTEGER>: index into $userIds, -1 if none is named
// $order LIST<STRING>: ids of orders, null if a conversion has no other id than its own; empty if none has
// $message LIST<STRING>: ids of messages, likewise
// $properties LIST<MAP>: further properties of conversions, distinct, an empty map last
// $property LIST<INTEGER>: index into $properties, -1 for none
// $load INTEGER: number of the load that brings them, or null
UNWIND range(0, size($customer) - 1) AS row
MATCH (customer:Customer {id: $customer[row]})
SET customer.changedBy = coalesce($load, customer.changedBy)
CREATE (customer)-[:MADE]->(conversion:Conversion {id: $id[row], customerId: customer.id,
  timestamp: CASE
    WHEN $time[row] IS NULL THEN null
    WHEN $nanosecond = [] THEN datetime({epochMillis: $time[row]})
    ELSE datetime({epochMillis: $time[row], nanosecond: $nanosecond[row]}) END,
  position: $position[row], kind: $kinds[$kind[row]],
  value: $value[row], identity: $identities[$identity[row]], userId: $userIds[$userId[row]],
  orderId: $order[row], messageId: $message[row], load: $load})
SET conversion += $properties[$property[row]]
