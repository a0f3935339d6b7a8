// All creatives that are part of a campaign, and their campaigns, as lists in one record.
MATCH (r:Creative)-[:PART_OF]->(k:Campaign)
RETURN collect(r.id) AS creative, collect(k.id) AS campaign
