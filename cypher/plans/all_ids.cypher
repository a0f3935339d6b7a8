// Ids of all campaigns and names of all channels, for messages about unknown ones.
MATCH (campaign:Campaign)
RETURN campaign.id AS id
UNION
MATCH (channel:Channel)
RETURN channel.name AS id
