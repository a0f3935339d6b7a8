// Links touches of a stretch of time to the node of their channel and day (UTC); safe to repeat.
// $start INTEGER: epoch milliseconds of its start
// $end INTEGER: epoch milliseconds of its end (exclusive)
// $rows INTEGER: pairs of a channel and a day per transaction
MATCH (touch:Touchpoint)
USING INDEX touch:Touchpoint(timestamp)
WHERE datetime({epochMillis: $start}) <= touch.timestamp < datetime({epochMillis: $end})
WITH touch.channel AS name, date(touch.timestamp) AS date, collect(touch) AS touches
WHERE name IS NOT NULL
WITH name, date, touches ORDER BY date, name
CALL (name, date, touches) {
  MERGE (day:ChannelDay {channel: name, date: date})
  SET day.date = date // locks it, so that two loaders run one after the other
  WITH day, touches UNWIND touches AS touch
  WITH day, touch WHERE NOT EXISTS { (touch)-[:ON]->() }
  CREATE (touch)-[:ON]->(day)
} IN TRANSACTIONS OF $rows ROWS
