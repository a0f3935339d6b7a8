// Deletes what models of a run assigned on some days at a level, in the transaction that writes it again.
// Returns how much.
// $run STRING: the run's id
// $models LIST<STRING>: names of the models
// $level STRING: channel, campaign or creative
// $days LIST<INTEGER>: days since 1970-01-01
UNWIND $models AS model
UNWIND $days AS day
WITH model, date('1970-01-01') + duration({days: day}) AS date
MATCH ()-[assigned:ASSIGNED_ON]->()
USING INDEX SEEK assigned:ASSIGNED_ON(run, model, level, date)
WHERE assigned.run = $run AND assigned.model = model AND assigned.level = $level AND assigned.date = date
DELETE assigned
RETURN count(assigned) AS deleted
