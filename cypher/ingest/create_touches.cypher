// Creates touches that the graph does not hold, each under its customer and with what it served, and
// links the touches of each run of rows in their order. Rows are columns; a code of -1 takes the last
// value of its list, which is null.
// $creatives LIST<STRING>: ids of the creatives served here, each once, sorted
// $campaigns LIST<STRING>: ids of the campaigns served here, each once, sorted
// $channels LIST<STRING>: names of the channels served here, each once, sorted
// $customer LIST<STRING>: for each run of rows, the id of its customer
// $lo LIST<INTEGER>: for each run, its first row
// $hi LIST<INTEGER>: for each run, its last row
// $id LIST<STRING>: for each row, the touch's id
// $time LIST<INTEGER>: epoch milliseconds, null where only the order is known
// $position LIST<INTEGER>: place in the customer's order
// $kinds LIST<STRING>: kinds of touches, null last
// $kind LIST<INTEGER>: codes of kinds
// $channelNames LIST<STRING>: channels as given, null last
// $channel LIST<INTEGER>: codes of channels
// $cost LIST<FLOAT>: what the touch cost, null where unknown
// $served LIST<INTEGER>: place in creatives, campaigns and channels taken together, -1 where unknown
// $delta LIST<INTEGER>: seconds since the row before, null where times are missing
CALL () { UNWIND $creatives AS x MERGE (n:Creative {id: x}) RETURN collect(n) AS creatives }
CALL () { UNWIND $campaigns AS x MERGE (n:Campaign {id: x}) RETURN collect(n) AS campaigns }
CALL () { UNWIND $channels AS x MERGE (n:Channel {name: x}) RETURN collect(n) AS channels }
WITH creatives + campaigns + channels AS served
UNWIND range(0, size($customer) - 1) AS k
MATCH (c:Customer {id: $customer[k]})
WITH served, c, k UNWIND range($lo[k], $hi[k]) AS i
CREATE (c)-[:TOUCHED]->(t:Touchpoint {id: $id[i], customerId: c.id,
  timestamp: CASE WHEN $time[i] IS NULL THEN null ELSE datetime({epochMillis: $time[i]}) END,
  position: $position[i], kind: $kinds[$kind[i]],
  channel: $channelNames[$channel[i]], cost: $cost[i]})
FOREACH (s IN CASE WHEN $served[i] < 0 THEN [] ELSE [served[$served[i]]] END |
  CREATE (t)-[:SERVED]->(s))
WITH k, collect(t) AS touches
UNWIND range(1, size(touches) - 1) AS j
WITH touches[j - 1] AS a, touches[j] AS b, $delta[$lo[k] + j] AS delta
CREATE (a)-[:PRECEDED {timeDelta: delta}]->(b)
