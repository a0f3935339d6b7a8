// Names of creatives by id, where they have one.
MATCH (creative:Creative)
WHERE creative.name IS NOT NULL
RETURN collect(creative.id) AS id, collect(creative.name) AS name
