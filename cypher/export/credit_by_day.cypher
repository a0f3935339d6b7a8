// The credit of a run by day of the conversions: one row per level, model, entity and day. Credit that belongs to
// no conversion has no day.
// $run STRING: the run's id
// $from DATE: first day
// $to DATE: day after the last one
// $all BOOLEAN: whether credit without a day is returned, too
MATCH (run:Run {id: $run})-[assigned:ASSIGNED_ON]->(entity)
WHERE $from <= assigned.date < $to OR ($all AND assigned.date IS NULL)
RETURN assigned.level AS level, assigned.model AS model,
  CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key, assigned.date AS day,
  assigned.credit AS conversions, assigned.value AS value
