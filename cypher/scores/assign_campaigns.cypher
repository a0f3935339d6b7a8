// Writes the credit that models of a run assign to campaigns; returns the number of rows written.
// $run STRING: the run's id
// $key LIST<STRING>: ids of campaigns
// $model LIST<STRING>: model of each row
// $credit LIST<FLOAT>: credited conversions
// $value LIST<FLOAT>: credited value, currency
// $low LIST<FLOAT>: lower end of the interval of the credit, or null
// $high LIST<FLOAT>: upper end of it, or null
// $probRankedAboveNext LIST<FLOAT>: probability to rank above the next entity of the model, or null
// $cost LIST<FLOAT>: cost of touches in the window, currency, or null where unknown
// $roas LIST<FLOAT>: value / cost, or null
// $touches LIST<INTEGER>: touches in the window
// $priced LIST<INTEGER>: how many of those have a cost
// $byPosition LIST<LIST<FLOAT>>: credit by position in the journey, from 0, or null
MATCH (run:Run {id: $run})
UNWIND range(0, size($key) - 1) AS row
MATCH (campaign:Campaign {id: $key[row]})
CREATE (run)-[assigned:ASSIGNED {
  level: 'campaign', model: $model[row], credit: $credit[row], value: $value[row], low: $low[row],
  high: $high[row], probRankedAboveNext: $probRankedAboveNext[row], cost: $cost[row],
  roas: $roas[row], touches: $touches[row], priced: $priced[row], byPosition: $byPosition[row]
}]->(campaign)
RETURN count(assigned) AS written
