// Similar creatives
// Creatives whose hooks are like that of a creative, in an audience that both have, the most similar first,
// with their campaigns and the cosine of the hooks.
// $creative STRING: id of the creative
// $limit INTEGER: maximum rows
OPTIONAL MATCH (creative:Creative {id:
  CASE WHEN $creative IS :: STRING THEN $creative ELSE toString(toInteger($creative)) END})
WITH creative, point({x: 0, y: 0, crs: CASE
  WHEN creative IS NULL THEN 'invalid parameter: $creative must be the id of a creative in the graph'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (active:Active {job: 'similar-creatives'})
WITH creative, active.run AS run
MATCH (creative)-[similar:SIMILAR_TO]-(other:Creative)
WHERE similar.run = run
OPTIONAL MATCH (other)-[:PART_OF]->(campaign:Campaign)
RETURN other.id AS creative, other.name AS name, campaign.id AS campaign, similar.score AS cosine
ORDER BY cosine DESC, creative
LIMIT coalesce(toInteger($limit), 1)
