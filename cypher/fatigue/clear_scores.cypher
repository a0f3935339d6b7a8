// Removes the scores of all creatives that a run did not score; returns the number of creatives.
// $run STRING: the run's id
MATCH (creative:Creative)
WHERE creative.fatigueRun IS NOT NULL AND creative.fatigueRun <> $run
REMOVE creative.fatigueRun, creative.fatigueAsOf, creative.fatigueWritten,
  creative.lossCurrency, creative.fatigueScore, creative.daysRemaining,
  creative.daysRemainingLow, creative.daysRemainingHigh, creative.daysRemainingCapped,
  creative.decayCurve, creative.fatigueConfidence, creative.pTired7d,
  creative.lossPerDay, creative.lossPerWeek, creative.lossPerWeekLow,
  creative.lossPerWeekHigh, creative.lossBySiblings, creative.lossBasis,
  creative.fatigueElement, creative.fatigueMethod, creative.fatigueReasons
RETURN count(creative) AS cleared
