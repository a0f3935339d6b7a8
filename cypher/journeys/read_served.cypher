// Names of all channels, ids of all campaigns, and pairs of all creatives' ids with their campaigns' ids
// ('' if none), as lists in one record, to assign codes to them; whether any time is finer than a
// millisecond; and whether any touch has the cost of a part of its visits.
RETURN COLLECT { MATCH (channel:Channel) RETURN channel.name } AS channels,
  COLLECT { MATCH (campaign:Campaign) RETURN campaign.id } AS campaigns,
  COLLECT {
    MATCH (creative:Creative)
    OPTIONAL MATCH (creative)-[:PART_OF]->(campaign:Campaign)
    RETURN [creative.id, coalesce(campaign.id, '')]
  } AS creatives,
  EXISTS { (:DataSet {name: 'finer times'}) } AS finer,
  EXISTS { (:DataSet {name: 'cost shares'}) } AS costShares
