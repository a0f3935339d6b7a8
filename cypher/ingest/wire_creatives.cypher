// Links the campaigns of creatives to the channels of all touches that served these creatives.
// $creative LIST<STRING>: ids of creatives, sorted
UNWIND $creative AS id
MATCH (creative:Creative {id: id})
SET creative.id = id // locks the creative against a load that assigns it to a campaign
WITH creative
CALL (creative) {
  MATCH (creative)-[:PART_OF]->(campaign:Campaign)
  MATCH (creative)<-[:SERVED]-(touch) WHERE touch.channel IS NOT NULL
  WITH campaign, collect(DISTINCT touch.channel) AS names
  UNWIND names AS name
  MATCH (channel:Channel {name: name})
  MERGE (campaign)-[:RUNS_ON]->(channel)
}
