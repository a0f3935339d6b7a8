// Creatives similar to $creative
// title: Creatives similar to $creative
// Creatives whose hook resembles that of one creative, by the current links, with their campaigns.
// $creative STRING: id of the creative
OPTIONAL MATCH (creative:Creative {id:
  CASE WHEN $creative IS :: STRING THEN $creative ELSE toString(toInteger($creative)) END})
WITH creative, point({x: 0, y: 0, crs: CASE
  WHEN creative IS NULL THEN 'invalid parameter: $creative must be the id of a creative in the graph'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (active:Active {job: 'similar-creatives'})
OPTIONAL MATCH (creative)-[similar:SIMILAR_TO {run: active.run}]-(sibling:Creative)
OPTIONAL MATCH (sibling)-[part:PART_OF]->(campaign:Campaign)
RETURN creative, similar, sibling, part, campaign
