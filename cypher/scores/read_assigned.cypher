// The credit that models of a run assigned at one level, as parallel lists in one record. byPosition holds
// a list in a list, or null in a list. interval holds both ends of the interval and the probability to rank
// above the next entity of the model, each of which may be null.
// $run STRING: the run's id
// $level STRING: channel, campaign or creative
MATCH (run:Run {id: $run})-[assigned:ASSIGNED]->(entity)
WHERE assigned.level = $level
RETURN collect(CASE WHEN entity:Channel THEN entity.name ELSE entity.id END) AS key,
  collect(assigned.model) AS model, collect(assigned.credit) AS credit, collect(assigned.value) AS value,
  collect([assigned.byPosition]) AS byPosition,
  collect([assigned.low, assigned.high, assigned.probRankedAboveNext]) AS interval
