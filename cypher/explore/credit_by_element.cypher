// Credit of hooks, promises, frames or calls to action: the credit of all creatives with an element. A
// creative counts for each of its elements, so the rows do not add up to the total.
// $model STRING: name of the model, such as 'linear'
// $kind STRING: hook, promise, frame or cta
// $limit INTEGER: maximum rows
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS run, point({x: 0, y: 0, crs: CASE
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  WHEN NOT coalesce($kind IN ['hook', 'promise', 'frame', 'cta'], false)
    THEN 'invalid parameter: $kind must be hook, promise, frame or cta'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (current:Run {id: run})-[assigned:ASSIGNED]->(creative:Creative)
WHERE assigned.model = $model
MATCH (creative)-[:HAS_ELEMENT]->(element:Element)
WHERE element.kind = $kind
RETURN element.text AS text, count(creative) AS creatives, sum(assigned.credit) AS conversions,
  sum(assigned.value) AS value,
  current.id AS run, $model AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, text
LIMIT coalesce(toInteger($limit), 1)
