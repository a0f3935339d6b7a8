// Writes what models of a run assign to campaigns, one row each; returns how many were written.
// $run STRING: the run's id
// $key LIST<STRING>: ids of campaigns
// $model LIST<STRING>: the model of each row
// $credit LIST<FLOAT>: credited conversions
// $value LIST<FLOAT>: credited value, currency
// $low LIST<FLOAT>: lower end of the interval of the credit, or null
// $high LIST<FLOAT>: upper end of it, or null
// $aheadOfNext LIST<FLOAT>: chance to be ahead of the next in the model's ranking, or null
// $cost LIST<FLOAT>: cost of its touches in the window, currency, or null where unknown
// $roas LIST<FLOAT>: value / cost, or null
// $touches LIST<INTEGER>: its touches in the window
// $priced LIST<INTEGER>: how many of those have a cost
// $byPosition LIST<LIST<FLOAT>>: credit by place in the journey, from 0, or null
MATCH (r:Run {id: $run})
UNWIND range(0, size($key) - 1) AS i
MATCH (n:Campaign {id: $key[i]})
CREATE (r)-[a:ASSIGNED {
  level: 'campaign', model: $model[i], credit: $credit[i], value: $value[i], low: $low[i],
  high: $high[i], aheadOfNext: $aheadOfNext[i], cost: $cost[i], roas: $roas[i],
  touches: $touches[i], priced: $priced[i], byPosition: $byPosition[i]
}]->(n)
RETURN count(a) AS written
