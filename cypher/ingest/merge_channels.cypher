// Makes channels that are missing.
// $names LIST<STRING>: their names, sorted
UNWIND $names AS name
MERGE (:Channel {name: name})
