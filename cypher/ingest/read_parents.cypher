// All audiences with a parent, and their parents, as lists in one record.
MATCH (audience:Audience)-[:WITHIN]->(parent:Audience)
RETURN collect(audience.id) AS audience, collect(parent.id) AS parent
