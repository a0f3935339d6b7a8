// Links the claims of a target to what they are about; safe to repeat.
// $rows LIST<MAP>: target, and lists of keys: channel, campaign, creative
UNWIND $rows AS row
MATCH (claim:Claim {target: row.target})
CALL (claim, row) {
  UNWIND row.channel AS name
  MATCH (channel:Channel {name: name})
  MERGE (claim)-[:ABOUT]->(channel)
}
CALL (claim, row) {
  UNWIND row.campaign AS id
  MATCH (campaign:Campaign {id: id})
  MERGE (claim)-[:ABOUT]->(campaign)
}
CALL (claim, row) {
  UNWIND row.creative AS id
  MATCH (creative:Creative {id: id})
  MERGE (claim)-[:ABOUT]->(creative)
}
