// Writes one model's credit of touches, grouped by conversion; returns how many were written.
// $run STRING: the run's id
// $model STRING: the model
// $conversion LIST<STRING>: ids of conversions
// $first LIST<INTEGER>: where each conversion's touches begin, and at last where they end
// $touch LIST<STRING>: ids of touches
// $credit LIST<FLOAT>: share of the conversion; below 0 where the touch did harm
// $value LIST<FLOAT>: share of its value, currency
UNWIND range(0, size($conversion) - 1) AS k
MATCH (v:Conversion {id: $conversion[k]})
WITH v, k
UNWIND range($first[k], $first[k + 1] - 1) AS i
MATCH (t:Touchpoint {id: $touch[i]})
CREATE (t)-[r:CREDITED {run: $run, model: $model, credit: $credit[i], value: $value[i]}]->(v)
RETURN count(r) AS written
