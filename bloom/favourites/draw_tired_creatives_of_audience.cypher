// Tired creatives of $audience
// title: Tired creatives of $audience
// Creatives that are tired or are expected to be within seven days, the audience that they were shown
// to, and the similar creatives that wear them out.
// $audience STRING: id of the audience
OPTIONAL MATCH (audience:Audience {id:
  CASE WHEN $audience IS :: STRING THEN $audience ELSE toString(toInteger($audience)) END})
WITH audience, point({x: 0, y: 0, crs: CASE
  WHEN audience IS NULL THEN 'invalid parameter: $audience must be the id of an audience in the graph'
  ELSE 'cartesian' END}) AS checked
MATCH (audience)<-[delivered:DELIVERED_TO]-(creative:Creative)
WHERE creative.fatigueScore >= 0.5 OR creative.pTired7d >= 0.5
OPTIONAL MATCH (active:Active {job: 'similar-creatives'})
OPTIONAL MATCH (creative)-[similar:SIMILAR_TO {run: active.run}]-(sibling:Creative)
WHERE (sibling)-[:DELIVERED_TO]->(audience)
RETURN audience, delivered, creative, similar, sibling
