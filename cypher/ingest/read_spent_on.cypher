// What spend can be linked to: names of channels, ids and names of campaigns, ids of creatives.
RETURN COLLECT { MATCH (channel:Channel) RETURN channel.name } AS channels,
  COLLECT { MATCH (campaign:Campaign) RETURN [campaign.id, campaign.name] } AS campaigns,
  COLLECT { MATCH (creative:Creative) RETURN creative.id } AS creatives
