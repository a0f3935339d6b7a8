// Writes the credit that a model of a run assigns to campaigns, by day of the conversion; returns the number of
// rows written.
// $run STRING: the run's id
// $model STRING: the model
// $key LIST<STRING>: ids of campaigns
// $first LIST<INTEGER>: index of the first day of each campaign, followed by the number of days
// $day LIST<INTEGER>: days since 1970-01-01, or null for credit that belongs to no conversion
// $credit LIST<FLOAT>: credited conversions
// $value LIST<FLOAT>: credited value, currency
MATCH (run:Run {id: $run})
UNWIND range(0, size($key) - 1) AS row
MATCH (campaign:Campaign {id: $key[row]})
UNWIND range($first[row], $first[row + 1] - 1) AS i
CREATE (run)-[assigned:ASSIGNED_ON {
  run: $run, level: 'campaign', model: $model, credit: $credit[i], value: $value[i],
  date: CASE WHEN $day[i] IS NOT NULL THEN date('1970-01-01') + duration({days: $day[i]}) END
}]->(campaign)
RETURN count(assigned) AS written
