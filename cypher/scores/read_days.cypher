// What models of a run assigned on some days at a level, as parallel lists in one record.
// $run STRING: the run's id
// $models LIST<STRING>: names of the models
// $level STRING: channel, campaign or creative
// $days LIST<INTEGER>: days since 1970-01-01
UNWIND $models AS model
UNWIND $days AS day
WITH model, day, date('1970-01-01') + duration({days: day}) AS date
MATCH ()-[assigned:ASSIGNED_ON]->(node)
USING INDEX SEEK assigned:ASSIGNED_ON(run, model, level, date)
WHERE assigned.run = $run AND assigned.model = model AND assigned.level = $level AND assigned.date = date
RETURN collect(elementId(assigned)) AS element, collect(model) AS model, collect(day) AS day,
  collect(CASE WHEN node:Channel THEN node.name ELSE node.id END) AS key,
  collect(assigned.credit) AS credit, collect(assigned.value) AS value
