// Which channels trigger touches of which in a run, one row per model and pair.
// $run STRING: the run's id
MATCH (by:Channel)-[triggers:TRIGGERS {run: $run}]->(channel:Channel)
RETURN triggers.model AS model, channel.name AS channel, by.name AS by, triggers.share AS share,
  triggers.low AS low, triggers.high AS high
