// Links campaigns to the channels that they run on.
// $rows LIST<LIST<STRING>>: pairs of a campaign's id and a channel's name, sorted
UNWIND $rows AS row
MATCH (campaign:Campaign {id: row[0]})
CALL (row, campaign) {
  MATCH (channel:Channel {name: row[1]})
  MERGE (campaign)-[:RUNS_ON]->(channel)
}
