// Creatives worn by siblings
// Creatives that wear out together: those that lose money because similar creatives were shown to the same
// people, the largest such loss first, with those creatives, the most similar first.
// $limit INTEGER: maximum rows
WITH point({x: 0, y: 0, crs: CASE
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (active:Active {job: 'similar-creatives'})
WITH active.run AS run
MATCH (creative:Creative)-[similar:SIMILAR_TO]-(sibling:Creative)
WHERE similar.run = run AND creative.lossBySiblings > 0
WITH creative, sibling, similar ORDER BY similar.score DESC, sibling.id
WITH creative, collect(sibling.id) AS siblings
RETURN creative.id AS creative, creative.name AS name, creative.lossPerWeek AS lossPerWeek,
  creative.lossBySiblings AS bySiblings, creative.lossCurrency AS currency, siblings
ORDER BY bySiblings DESC, creative
LIMIT coalesce(toInteger($limit), 1)
