// Budget plan $plan
// title: Budget plan $plan
// A stored plan of a budget with what it allocates.
// $plan STRING: id of the plan
OPTIONAL MATCH (plan:Plan {id: CASE WHEN $plan IS :: STRING THEN $plan ELSE toString(toInteger($plan)) END})
WITH plan, point({x: 0, y: 0, crs: CASE
  WHEN plan IS NULL THEN 'invalid parameter: $plan must be the id of a plan in the graph'
  ELSE 'cartesian' END}) AS checked
MATCH (plan)-[allocates:ALLOCATES]->(target)
RETURN plan, allocates, target
