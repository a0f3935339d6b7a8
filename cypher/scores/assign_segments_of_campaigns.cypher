// Writes the credit that a model of a run assigns to campaigns, by segment of the customers who converted;
// returns the number of rows written.
// $run STRING: the run's id
// $model STRING: the model
// $fact STRING: name of the attribute of customers that makes the segments
// $key LIST<STRING>: ids of campaigns
// $first LIST<INTEGER>: index of the first segment of each campaign, followed by the number of rows
// $segment LIST<STRING>: name of the segment, or null for credit that belongs to no conversion
// $credit LIST<FLOAT>: credited conversions
// $value LIST<FLOAT>: credited value, currency
MATCH (run:Run {id: $run})
UNWIND range(0, size($key) - 1) AS row
MATCH (campaign:Campaign {id: $key[row]})
UNWIND range($first[row], $first[row + 1] - 1) AS i
CREATE (run)-[assigned:ASSIGNED_IN {
  run: $run, level: 'campaign', model: $model, credit: $credit[i], value: $value[i],
  fact: $fact, segment: $segment[i]
}]->(campaign)
RETURN count(assigned) AS written
