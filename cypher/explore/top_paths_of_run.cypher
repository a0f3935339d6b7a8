// The commonest paths of channels among the touches that the current run credits; works where only the
// order of touches is known. With a touch model that credits every touch, such as linear, these are the
// whole paths.
// $limit INTEGER: at most so many rows
MATCH (a:Active {job: 'attribute'})
WITH a.run AS run
MATCH (t:Touchpoint)-[x:CREDITED {run: run}]->(v:Conversion)
WITH v, t ORDER BY t.timestamp, t.position, t.id
WITH v, collect(coalesce(t.channel, '?')) AS path
RETURN path, count(*) AS conversions, sum(v.value) AS value
ORDER BY conversions DESC, value DESC, path
LIMIT $limit
