// Creates new touches, links them to their customers and to what they served, and links the touches of
// each run of consecutive rows in order. An index of -1 selects the last value of a list, which is null.
// $creatives LIST<STRING>: ids of the creatives served, distinct and sorted
// $campaigns LIST<STRING>: ids of the campaigns served, distinct and sorted
// $channels LIST<STRING>: names of the channels served, distinct and sorted
// $customer LIST<STRING>: id of the customer of each run
// $lo LIST<INTEGER>: first row of each run
// $hi LIST<INTEGER>: last row of each run
// $id LIST<STRING>: id of each touch
// $time LIST<INTEGER>: epoch milliseconds, null if only the order is known
// $nanosecond LIST<INTEGER>: nanoseconds within the second; empty if all times are whole milliseconds
// $position LIST<INTEGER>: order among events with equal or missing times
// $kinds LIST<STRING>: kinds of touches, null last
// $kind LIST<INTEGER>: index into $kinds
// $channelNames LIST<STRING>: names of channels, null last
// $channel LIST<INTEGER>: index into $channelNames
// $cost LIST<FLOAT>: cost, currency, null if unknown
// $costShare LIST<FLOAT>: share of visits whose costs are in it, null for all; empty if all have null
// $identities LIST<STRING>: ids under which touches were recorded, null last
// $identity LIST<INTEGER>: index into $identities, -1 if it is the customer's
// $userIds LIST<STRING>: users that touches name with another id, null last
// $userId LIST<INTEGER>: index into $userIds, -1 if none is named
// $properties LIST<MAP>: further properties of touches, distinct, an empty map last
// $property LIST<INTEGER>: index into $properties, -1 for none
// $served LIST<INTEGER>: index into $creatives + $campaigns + $channels, -1 if unknown
// $delta LIST<INTEGER>: seconds since the previous row, null if times are missing
// $load INTEGER: number of the load that brings them, or null
CALL () { UNWIND $creatives AS key MERGE (node:Creative {id: key}) RETURN collect(node) AS creatives }
CALL () { UNWIND $campaigns AS key MERGE (node:Campaign {id: key}) RETURN collect(node) AS campaigns }
CALL () { UNWIND $channels AS key MERGE (node:Channel {name: key}) RETURN collect(node) AS channels }
WITH creatives + campaigns + channels AS served
UNWIND range(0, size($customer) - 1) AS run
MATCH (customer:Customer {id: $customer[run]})
SET customer.changedBy = coalesce($load, customer.changedBy)
WITH served, customer, run UNWIND range($lo[run], $hi[run]) AS row
CREATE (customer)-[:TOUCHED]->(touch:Touchpoint {id: $id[row], customerId: customer.id,
  timestamp: CASE
    WHEN $time[row] IS NULL THEN null
    WHEN $nanosecond = [] THEN datetime({epochMillis: $time[row]})
    ELSE datetime({epochMillis: $time[row], nanosecond: $nanosecond[row]}) END,
  position: $position[row], kind: $kinds[$kind[row]],
  channel: $channelNames[$channel[row]], cost: $cost[row],
  costShare: CASE WHEN $costShare <> [] THEN $costShare[row] END,
  identity: $identities[$identity[row]], userId: $userIds[$userId[row]], load: $load})
SET touch += $properties[$property[row]]
FOREACH (entity IN CASE WHEN $served[row] < 0 THEN [] ELSE [served[$served[row]]] END |
  CREATE (touch)-[:SERVED]->(entity))
WITH run, collect(touch) AS touches
UNWIND range(1, size(touches) - 1) AS follower
WITH touches[follower - 1] AS touch, touches[follower] AS following, $delta[$lo[run] + follower] AS delta
CREATE (touch)-[:PRECEDED {timeDelta: delta}]->(following)
