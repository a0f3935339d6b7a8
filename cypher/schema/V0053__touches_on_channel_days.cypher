// Links touches to the node of their channel and day, as loads do. Safe to repeat.
// The condition is inside the batches, so that the planner need not collect all touches first.
CYPHER 5
MATCH (touch:Touchpoint)
CALL (touch) {
  WITH touch WHERE touch.channel IS NOT NULL AND touch.timestamp IS NOT NULL
    AND NOT EXISTS { (touch)-[:ON]->() }
  MERGE (day:ChannelDay {channel: touch.channel, date: date(touch.timestamp)})
  MERGE (touch)-[:ON]->(day)
} IN TRANSACTIONS OF 10000 ROWS;
