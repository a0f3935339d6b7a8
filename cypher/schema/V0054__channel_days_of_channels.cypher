// Links days of channels to their channels, as loads do. Safe to repeat.
CYPHER 5
MATCH (day:ChannelDay)
CALL (day) {
  WITH day WHERE NOT EXISTS { (day)-[:OF]->() }
  MERGE (channel:Channel {name: day.channel})
  MERGE (day)-[:OF]->(channel)
} IN TRANSACTIONS OF 1000 ROWS;
