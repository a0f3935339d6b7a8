// Writes experiments and what they tested; an experiment of the same id is replaced.
// $rows LIST<MAP>: id, channel (name) or campaign (id), and properties: all that are known
UNWIND $rows AS row
MERGE (experiment:Experiment {id: row.id})
SET experiment = row.properties
WITH experiment, row
CALL (experiment) {
  MATCH (experiment)-[tested:TESTED]->()
  DELETE tested
}
CALL (experiment, row) {
  MATCH (channel:Channel {name: row.channel})
  MERGE (experiment)-[:TESTED]->(channel)
}
CALL (experiment, row) {
  MATCH (campaign:Campaign {id: row.campaign})
  MERGE (experiment)-[:TESTED]->(campaign)
}
