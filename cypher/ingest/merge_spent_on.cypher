// Creates what has spend and no touch, where it is missing.
// $channel LIST<STRING>: names of channels
// $campaign LIST<STRING>: ids of campaigns
// $creative LIST<STRING>: ids of creatives
FOREACH (name IN $channel | MERGE (:Channel {name: name}))
FOREACH (id IN $campaign | MERGE (:Campaign {id: id}))
FOREACH (id IN $creative | MERGE (:Creative {id: id}))
