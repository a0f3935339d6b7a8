// Creates missing channels.
// $names LIST<STRING>: their names, sorted
UNWIND $names AS name
MERGE (:Channel {name: name})
