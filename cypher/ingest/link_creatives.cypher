// Assigns creatives without a campaign to their campaigns. The campaigns are then linked to the channels
// of touches that served these creatives, and to the audiences that saw them. Returns the creatives that
// belong to another campaign than the given one, with both campaigns.
// $rows LIST<LIST<STRING>>: pairs of a creative's id and its campaign's id, sorted
UNWIND $rows AS row
MATCH (creative:Creative {id: row[0]})
SET creative.id = row[0] // locks the creative, so that two loaders run one after the other
WITH row, creative
CALL (row, creative) {
  WITH row, creative WHERE NOT EXISTS { (creative)-[:PART_OF]->(:Campaign) }
  MATCH (campaign:Campaign {id: row[1]})
  CREATE (creative)-[:PART_OF]->(campaign)
  WITH creative, campaign
  CALL (creative, campaign) {
    MATCH (creative)<-[:SERVED]-(touch) WHERE touch.channel IS NOT NULL
    WITH campaign, collect(DISTINCT touch.channel) AS names
    UNWIND names AS name
    MATCH (channel:Channel {name: name})
    MERGE (campaign)-[:RUNS_ON]->(channel)
  }
  MATCH (creative)-[:SHOWN_TO]->(audience)
  MERGE (campaign)-[:TARGETS]->(audience)
}
WITH row, creative
MATCH (creative)-[:PART_OF]->(campaign:Campaign) WHERE campaign.id <> row[1]
RETURN collect([creative.id, row[1], campaign.id]) AS conflicts
