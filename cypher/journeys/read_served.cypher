// Names of all channels, ids of all campaigns, and ids of all creatives with their campaigns ('' where
// none), as lists in one record: what codes stand for while facts are read.
CALL () { MATCH (h:Channel) RETURN collect(h.name) AS channels }
CALL () { MATCH (k:Campaign) RETURN collect(k.id) AS campaigns }
CALL () {
  MATCH (r:Creative)
  OPTIONAL MATCH (r)-[:PART_OF]->(k:Campaign)
  RETURN collect(r.id) AS creatives, collect(coalesce(k.id, '')) AS creativeCampaigns
}
RETURN channels, campaigns, creatives, creativeCampaigns
