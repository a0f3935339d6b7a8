// Writes the plan of a run. A plan changes nothing else in the graph.
// $run STRING: the run's id, which is that of the plan
// $start STRING: first day, or null
// $end STRING: last day, or null
// $currency STRING: code of the currency, or null
// $plan MAP: other properties of the plan by name; null where unknown
MATCH (run:Run {id: $run})
MERGE (plan:Plan {id: $run})
SET plan.run = $run, plan.start = date($start), plan.end = date($end), plan.currency = $currency,
  plan.budget = $plan.budget, plan.spent = $plan.spent, plan.leftOver = $plan.leftOver,
  plan.exploration = $plan.exploration, plan.value = $plan.value, plan.low = $plan.low,
  plan.high = $plan.high, plan.oldValue = $plan.oldValue, plan.gain = $plan.gain,
  plan.gainLow = $plan.gainLow, plan.gainHigh = $plan.gainHigh,
  plan.marginalReturn = $plan.marginalReturn, plan.bound = $plan.bound, plan.gap = $plan.gap,
  plan.method = $plan.method, plan.json = $plan.json
MERGE (run)-[:PLANNED]->(plan)
RETURN plan.id AS plan
