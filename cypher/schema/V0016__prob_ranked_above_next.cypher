// Renames aheadOfNext of ASSIGNED, written by version 0.1.0, to probRankedAboveNext; safe to repeat.
CYPHER 5
MATCH ()-[assigned:ASSIGNED]->()
WHERE assigned.aheadOfNext IS NOT NULL
CALL (assigned) {
  SET assigned.probRankedAboveNext = assigned.aheadOfNext, assigned.aheadOfNext = null
} IN TRANSACTIONS OF 10000 ROWS;
