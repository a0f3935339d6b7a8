// The ids of creatives, in order.
MATCH (creative:Creative)
RETURN creative.id AS value ORDER BY value LIMIT 100
