// Renames aheadOfNext of ASSIGNED, written by version 0.1.0, to probRankedAboveNext; safe to repeat.
// The condition is inside the batches, so that the planner need not collect all relationships first.
CYPHER 5
MATCH ()-[assigned:ASSIGNED]->()
CALL (assigned) {
  WITH assigned WHERE assigned.aheadOfNext IS NOT NULL
  SET assigned.probRankedAboveNext = assigned.aheadOfNext, assigned.aheadOfNext = null
} IN TRANSACTIONS OF 10000 ROWS;
