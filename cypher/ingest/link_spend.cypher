// Links the days of a target to what they were spent on; safe to repeat.
// $rows LIST<MAP>: target, and lists of keys: channel, campaign, creative
UNWIND $rows AS row
MATCH (day:SpendDay {target: row.target})
CALL (day, row) {
  UNWIND row.channel AS name
  MATCH (channel:Channel {name: name})
  MERGE (day)-[:SPENT_ON]->(channel)
}
CALL (day, row) {
  UNWIND row.campaign AS id
  MATCH (campaign:Campaign {id: id})
  MERGE (day)-[:SPENT_ON]->(campaign)
}
CALL (day, row) {
  UNWIND row.creative AS id
  MATCH (creative:Creative {id: id})
  MERGE (day)-[:SPENT_ON]->(creative)
}
