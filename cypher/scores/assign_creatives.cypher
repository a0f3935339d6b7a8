// Writes the credit that models of a run assign to creatives; returns the number of rows written.
// $run STRING: the run's id
// $key LIST<STRING>: ids of creatives
// $model LIST<STRING>: model of each row
// $credit LIST<FLOAT>: credited conversions
// $value LIST<FLOAT>: credited value, currency
// $low LIST<FLOAT>: lower end of the interval of the credit, or null
// $high LIST<FLOAT>: upper end of it, or null
// $chanceLow LIST<FLOAT>: lower end of the interval of chance alone, or null
// $chanceHigh LIST<FLOAT>: upper end of it, or null
// $valueLow LIST<FLOAT>: lower end of the interval of the value, or null
// $valueHigh LIST<FLOAT>: upper end of it, or null
// $identified LIST<BOOLEAN>: whether the credit is identified, or null where the model does not test it
// $reasons LIST<LIST<STRING>>: codes of why it is not, or null where the model does not test it
// $captured LIST<FLOAT>: conversions captured at the moment of purchase, or null
// $capturedValue LIST<FLOAT>: their value, currency, or null
// $probRankedAboveNext LIST<FLOAT>: probability to rank above the next entity of the model, or null
// $returns LIST<MAP>: cost and return: those of cost, costCoverage, roas, roasLow, roasHigh,
//   costPerConversion, shareOfCredit, shareOfSpend and currency that are known
// $touches LIST<INTEGER>: touches in the window
// $priced LIST<INTEGER>: how many of those have a cost
// $byPosition LIST<LIST<FLOAT>>: credit by position in the journey, from 0, or null
MATCH (run:Run {id: $run})
UNWIND range(0, size($key) - 1) AS row
MATCH (creative:Creative {id: $key[row]})
CREATE (run)-[assigned:ASSIGNED {
  level: 'creative', model: $model[row], credit: $credit[row], value: $value[row], low: $low[row],
  high: $high[row], probRankedAboveNext: $probRankedAboveNext[row], touches: $touches[row],
  priced: $priced[row], byPosition: $byPosition[row],
  chanceLow: $chanceLow[row], chanceHigh: $chanceHigh[row], valueLow: $valueLow[row],
  valueHigh: $valueHigh[row], identified: $identified[row], reasons: $reasons[row],
  captured: $captured[row], capturedValue: $capturedValue[row], kind: run.kind
}]->(creative)
SET assigned += $returns[row]
RETURN count(assigned) AS written
