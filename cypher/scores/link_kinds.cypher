// Makes runs of one command know each other: those of several kinds of conversions.
// $runs LIST<STRING>: ids of the runs
MATCH (run:Run)
USING INDEX run:Run(id)
WHERE run.id IN $runs
SET run.others = [id IN $runs WHERE id <> run.id]
