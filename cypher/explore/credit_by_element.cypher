// Which hooks, promises, frames and calls to action stand in creatives that are credited: the credit of
// all creatives with an element. A creative with several elements counts for each, so rows do not add up.
// $model STRING: name of the model, such as 'linear'
// $kind STRING: hook, promise, frame or cta
// $limit INTEGER: at most so many rows
MATCH (a:Active {job: 'attribute'})
WITH a.run AS run
MATCH (:Run {id: run})-[x:ASSIGNED]->(r:Creative)
WHERE x.model = $model
MATCH (r)-[:HAS_ELEMENT]->(e:Element)
WHERE e.kind = $kind
RETURN e.text AS text, count(r) AS creatives, sum(x.credit) AS conversions, sum(x.value) AS value
ORDER BY conversions DESC, text
LIMIT $limit
