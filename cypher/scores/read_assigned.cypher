// What models of a run assigned at one level, as parallel lists in one record. Places in the
// journey are a list in a list, with null where the model has none. The interval is its two ends and the chance to be ahead of the
// next in the model's ranking: nulls where there are none.
// $run STRING: the run's id
// $level STRING: channel, campaign or creative
MATCH (r:Run {id: $run})-[a:ASSIGNED]->(n)
WHERE a.level = $level
RETURN collect(CASE WHEN n:Channel THEN n.name ELSE n.id END) AS key,
  collect(a.model) AS model, collect(a.credit) AS credit, collect(a.value) AS value,
  collect([a.byPosition]) AS byPosition, collect([a.low, a.high, a.aheadOfNext]) AS interval
