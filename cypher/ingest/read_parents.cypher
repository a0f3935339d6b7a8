// All audiences that lie within another, and the audiences around them, as lists in one record.
MATCH (a:Audience)-[:WITHIN]->(p:Audience)
RETURN collect(a.id) AS audience, collect(p.id) AS parent
