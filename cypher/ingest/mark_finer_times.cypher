// Marks that some times are finer than a millisecond, so that readers also read the nanoseconds.
MERGE (:DataSet {name: 'finer times'})
