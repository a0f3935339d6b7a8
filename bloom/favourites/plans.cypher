// Plans
// The stored plans of budgets, newest first: period, budget, value with its 90 % interval, and gain over the
// plan before.
// $limit INTEGER: maximum rows
WITH point({x: 0, y: 0, crs: CASE
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (run:Run {job: 'plan', status: 'done'})-[:PLANNED]->(plan:Plan)
RETURN plan.id AS plan, run.finished AS stored, plan.start AS start, plan.end AS end,
  plan.currency AS currency, plan.budget AS budget, plan.spent AS spent, plan.value AS value,
  plan.low AS low, plan.high AS high, plan.gain AS gain, plan.marginalReturn AS marginalReturn
ORDER BY stored DESC, plan
LIMIT coalesce(toInteger($limit), 1)
