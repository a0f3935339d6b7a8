// Names of campaigns and of creatives, as lists of pairs of id and name; those without one are left out.
// $campaigns LIST<STRING>: ids of campaigns
// $creatives LIST<STRING>: ids of creatives
RETURN COLLECT {
    MATCH (campaign:Campaign)
    USING INDEX campaign:Campaign(id)
    WHERE campaign.id IN $campaigns AND campaign.name IS NOT NULL
    RETURN [campaign.id, campaign.name]
  } AS campaigns,
  COLLECT {
    MATCH (creative:Creative)
    USING INDEX creative:Creative(id)
    WHERE creative.id IN $creatives AND creative.name IS NOT NULL
    RETURN [creative.id, creative.name]
  } AS creatives
