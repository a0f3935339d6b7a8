// What models of a run assigned at one level, as parallel lists in one record; an empty list stands
// for missing places in the journey, and the interval holds two nulls where there is none.
// $run STRING: the run's id
// $level STRING: channel, campaign or creative
MATCH (r:Run {id: $run})-[a:ASSIGNED]->(n)
WHERE a.level = $level
RETURN collect(CASE WHEN n:Channel THEN n.name ELSE n.id END) AS key,
  collect(a.model) AS model, collect(a.credit) AS credit, collect(a.value) AS value,
  collect(coalesce(a.byPosition, [])) AS byPosition, collect([a.low, a.high]) AS interval
