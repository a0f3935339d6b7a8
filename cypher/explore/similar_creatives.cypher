// Creatives whose hooks are like that of a creative, in an audience that both have, the most similar first,
// with their campaigns and the cosine of the hooks.
// $creative STRING: id of the creative
// $limit INTEGER: maximum rows
MATCH (active:Active {job: 'similar-creatives'})
WITH active.run AS run
MATCH (:Creative {id: $creative})-[similar:SIMILAR_TO]-(other:Creative)
WHERE similar.run = run
OPTIONAL MATCH (other)-[:PART_OF]->(campaign:Campaign)
RETURN other.id AS creative, other.name AS name, campaign.id AS campaign, similar.score AS cosine
ORDER BY cosine DESC, creative
LIMIT $limit
