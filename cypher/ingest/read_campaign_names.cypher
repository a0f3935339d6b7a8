// Names of campaigns by id, where they have one.
MATCH (campaign:Campaign)
WHERE campaign.name IS NOT NULL
RETURN collect(campaign.id) AS id, collect(campaign.name) AS name
