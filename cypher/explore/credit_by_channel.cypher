// What a model credits each channel with in the current run: conversions, their share of all that is
// credited, value, cost, and return on advertising spend where the cost is known.
// $model STRING: name of the model, such as 'linear'
MATCH (a:Active {job: 'attribute'})
WITH a.run AS run
MATCH (:Run {id: run})-[x:ASSIGNED]->(h:Channel)
WHERE x.model = $model
WITH collect({channel: h.name, x: x}) AS rows, sum(x.credit) AS total
UNWIND rows AS row
WITH row.channel AS channel, row.x AS x, total
RETURN channel, x.credit AS conversions, CASE WHEN total > 0 THEN x.credit / total END AS share,
  x.value AS value, x.cost AS cost, x.roas AS roas
ORDER BY conversions DESC, channel
