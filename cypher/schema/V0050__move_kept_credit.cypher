// Moves the credit of runs that are not published from CREDITED to KEPT_CREDIT; safe to repeat.
// The condition is inside the batches, so that the planner need not collect all relationships first.
CYPHER 5
MATCH (touch)-[credited:CREDITED]->(conversion)
CALL (touch, credited, conversion) {
  OPTIONAL MATCH (active:Active {job: 'attribute'})
  WITH touch, credited, conversion, active.run AS published
  WHERE credited.run <> coalesce(published, '')
  CREATE (touch)-[kept:KEPT_CREDIT]->(conversion)
  SET kept = properties(credited)
  DELETE credited
} IN TRANSACTIONS OF 10000 ROWS;
