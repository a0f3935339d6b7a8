// Credit of hooks, promises, frames or calls to action: the credit of all creatives with an element. A
// creative counts for each of its elements, so the rows do not add up to the total.
// $model STRING: name of the model, such as 'linear'
// $kind STRING: hook, promise, frame or cta
// $limit INTEGER: maximum rows
MATCH (active:Active {job: 'attribute'})
WITH active.run AS run
MATCH (:Run {id: run})-[assigned:ASSIGNED]->(creative:Creative)
WHERE assigned.model = $model
MATCH (creative)-[:HAS_ELEMENT]->(element:Element)
WHERE element.kind = $kind
RETURN element.text AS text, count(creative) AS creatives, sum(assigned.credit) AS conversions,
  sum(assigned.value) AS value
ORDER BY conversions DESC, text
LIMIT $limit
