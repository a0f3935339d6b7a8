// All creatives with a campaign, and their campaigns, as lists in one record.
MATCH (creative:Creative)-[:PART_OF]->(campaign:Campaign)
RETURN collect(creative.id) AS creative, collect(campaign.id) AS campaign
