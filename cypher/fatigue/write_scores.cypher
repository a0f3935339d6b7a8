// Writes the scores of a run onto creatives; returns the number of creatives.
// $run STRING: the run's id
// $asOf DATE: last day of the figures that they follow from
// $written INTEGER: when they are written, epoch milliseconds
// $currency STRING: code of the currency of losses, or null
// $creative LIST<STRING>: ids of creatives
// $score LIST<FLOAT>: how tired, 0 to 1
// $days LIST<FLOAT>: days left
// $daysLow LIST<FLOAT>: lower end of their interval
// $daysHigh LIST<FLOAT>: upper end of it
// $capped LIST<BOOLEAN>: whether more days are left than are forecast
// $curve LIST<LIST<FLOAT>>: response ratio after 3, 6, .., 30 days
// $confidence LIST<FLOAT>: 1 - width of the interval / 30
// $tired LIST<FLOAT>: probability to be tired within 7 days, or null
// $lossPerDay LIST<FLOAT>: expected loss on the next day, currency, or null
// $loss LIST<FLOAT>: expected loss in the next week, currency, or null
// $lossLow LIST<FLOAT>: lower end of its interval, or null
// $lossHigh LIST<FLOAT>: upper end of it, or null
// $bySiblings LIST<FLOAT>: part of it that similar creatives cause, or null
// $basis LIST<STRING>: how the loss is valued, or null
// $element LIST<STRING>: kind of the element to change, or null
// $method LIST<STRING>: name of the method
// $reasons LIST<LIST<STRING>>: codes of why not to rely on it
UNWIND range(0, size($creative) - 1) AS row
MATCH (creative:Creative {id: $creative[row]})
SET creative.fatigueRun = $run, creative.fatigueAsOf = $asOf,
  creative.fatigueWritten = datetime({epochMillis: $written}),
  creative.lossCurrency = CASE WHEN $loss[row] IS NOT NULL THEN $currency END,
  creative.fatigueScore = $score[row],
  creative.daysRemaining = $days[row],
  creative.daysRemainingLow = $daysLow[row],
  creative.daysRemainingHigh = $daysHigh[row],
  creative.daysRemainingCapped = $capped[row],
  creative.decayCurve = $curve[row],
  creative.fatigueConfidence = $confidence[row],
  creative.pTired7d = $tired[row],
  creative.lossPerDay = $lossPerDay[row],
  creative.lossPerWeek = $loss[row],
  creative.lossPerWeekLow = $lossLow[row],
  creative.lossPerWeekHigh = $lossHigh[row],
  creative.lossBySiblings = $bySiblings[row],
  creative.lossBasis = $basis[row],
  creative.fatigueElement = $element[row],
  creative.fatigueMethod = $method[row],
  creative.fatigueReasons = $reasons[row]
RETURN count(creative) AS written
