// Names of all channels, ids of all campaigns, and ids of all creatives each with its campaign's ('' where
// none), as lists in one record: what codes stand for while facts are read.
RETURN COLLECT { MATCH (h:Channel) RETURN h.name } AS channels,
  COLLECT { MATCH (k:Campaign) RETURN k.id } AS campaigns,
  COLLECT {
    MATCH (r:Creative)
    OPTIONAL MATCH (r)-[:PART_OF]->(k:Campaign)
    RETURN [r.id, coalesce(k.id, '')]
  } AS creatives
