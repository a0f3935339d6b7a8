// The ids of campaigns, in order.
MATCH (campaign:Campaign)
RETURN campaign.id AS value ORDER BY value LIMIT 100
