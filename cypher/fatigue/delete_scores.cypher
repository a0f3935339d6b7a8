// Removes the scores of a run from creatives, in separate transactions.
// $run STRING: the run's id
MATCH (creative:Creative {fatigueRun: $run})
CALL (creative) {
  REMOVE creative.fatigueRun, creative.fatigueAsOf, creative.fatigueWritten,
    creative.lossCurrency, creative.fatigueScore, creative.daysRemaining,
    creative.daysRemainingLow, creative.daysRemainingHigh, creative.daysRemainingCapped,
    creative.decayCurve, creative.fatigueConfidence, creative.pTired7d,
    creative.lossPerDay, creative.lossPerWeek, creative.lossPerWeekLow,
    creative.lossPerWeekHigh, creative.lossBySiblings, creative.lossBasis,
    creative.fatigueElement, creative.fatigueMethod, creative.fatigueReasons
} IN TRANSACTIONS OF 10000 ROWS
