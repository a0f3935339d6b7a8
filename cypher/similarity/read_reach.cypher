// What these campaigns run on and target: parallel lists of ids, of names of channels, and of ids of
// audiences. Campaigns that the graph does not have are left out.
// $ids LIST<STRING>: ids of campaigns
UNWIND $ids AS id
MATCH (campaign:Campaign {id: id})
CALL (campaign) {
  OPTIONAL MATCH (campaign)-[:RUNS_ON]->(channel:Channel)
  RETURN collect(channel.name) AS channels
}
CALL (campaign) {
  OPTIONAL MATCH (campaign)-[:TARGETS]->(audience:Audience)
  RETURN collect(audience.id) AS audiences
}
RETURN collect(campaign.id) AS id, collect(channels) AS channels, collect(audiences) AS audiences
