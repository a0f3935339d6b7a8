// Notes that some times are finer than a millisecond, so that readers ask for their nanoseconds.
MERGE (:DataSet {name: 'finer times'})
