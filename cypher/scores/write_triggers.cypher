// Writes which channels trigger touches of which in a run; returns the number of rows written.
// $run STRING: the run's id
// $model LIST<STRING>: model of each row
// $by LIST<STRING>: names of the channels that trigger
// $channel LIST<STRING>: names of the channels whose touches are triggered
// $share LIST<FLOAT>: share of the touches of channel that by triggered
// $low LIST<FLOAT>: lower end of its interval
// $high LIST<FLOAT>: upper end of it
UNWIND range(0, size($channel) - 1) AS row
MATCH (by:Channel {name: $by[row]})
CALL (by, row) {
  MATCH (channel:Channel {name: $channel[row]})
  CREATE (by)-[triggers:TRIGGERS {
    run: $run, model: $model[row], share: $share[row], low: $low[row], high: $high[row]
  }]->(channel)
  RETURN count(triggers) AS created
}
RETURN sum(created) AS written
