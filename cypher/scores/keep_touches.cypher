// Writes the touch-level credit of one model of a run that is kept, grouped by conversion; returns the
// number of rows written.
// $run STRING: the run's id
// $model STRING: the model
// $conversion LIST<STRING>: ids of conversions
// $first LIST<INTEGER>: index of the first touch of each conversion, followed by the number of touches
// $touch LIST<STRING>: ids of touches
// $credit LIST<FLOAT>: share of the conversion; negative for a negative effect
// $value LIST<FLOAT>: share of its value, currency
// $captured LIST<FLOAT>: share that the touch captured at the moment of purchase, or null
UNWIND range(0, size($conversion) - 1) AS conversionRow
MATCH (conversion:Conversion {id: $conversion[conversionRow]})
WITH conversion, conversionRow
UNWIND range($first[conversionRow], $first[conversionRow + 1] - 1) AS touchRow
MATCH (touch:Touchpoint {id: $touch[touchRow]})
CREATE (touch)-[kept:KEPT_CREDIT {
  run: $run, model: $model, credit: $credit[touchRow], value: $value[touchRow],
  captured: $captured[touchRow]
}]->(conversion)
RETURN count(kept) AS written
