// Copies the touch-level credit of a run from CREDITED to KEPT_CREDIT, in separate transactions; what is
// already there is not copied again. Lists are compared, so that no index of all credit of the run is used
// for each touch.
// $run STRING: the run's id
MATCH (touch)-[credited:CREDITED {run: $run}]->(conversion)
USING INDEX SEEK credited:CREDITED(run)
CALL (touch, credited, conversion) {
  WITH touch, credited, conversion
  WHERE NOT EXISTS { (touch)-[kept:KEPT_CREDIT]->(conversion) WHERE [kept.run] = [$run] }
  CREATE (touch)-[:KEPT_CREDIT {
    run: $run, model: credited.model, credit: credited.credit, value: credited.value,
    captured: credited.captured
  }]->(conversion)
} IN TRANSACTIONS OF 20000 ROWS
