// Copies the touch-level credit of a run from KEPT_CREDIT to CREDITED, in separate transactions; what is
// already there is not copied again. Lists are compared, so that no index of all credit of the run is used
// for each touch.
// $run STRING: the run's id
MATCH (touch)-[kept:KEPT_CREDIT {run: $run}]->(conversion)
USING INDEX SEEK kept:KEPT_CREDIT(run)
CALL (touch, kept, conversion) {
  WITH touch, kept, conversion
  WHERE NOT EXISTS { (touch)-[credited:CREDITED]->(conversion) WHERE [credited.run] = [$run] }
  CREATE (touch)-[:CREDITED {
    run: $run, model: kept.model, credit: kept.credit, value: kept.value, captured: kept.captured
  }]->(conversion)
} IN TRANSACTIONS OF 20000 ROWS
