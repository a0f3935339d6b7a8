// The ids of audiences, in order.
MATCH (audience:Audience)
RETURN audience.id AS value ORDER BY value LIMIT 100
