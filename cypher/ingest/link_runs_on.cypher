// Says which campaigns run on which channels.
// $rows LIST<LIST<STRING>>: pairs of a campaign's id and a channel's name, sorted
UNWIND $rows AS row
MATCH (k:Campaign {id: row[0]})
CALL (row, k) {
  MATCH (h:Channel {name: row[1]})
  MERGE (k)-[:RUNS_ON]->(h)
}
