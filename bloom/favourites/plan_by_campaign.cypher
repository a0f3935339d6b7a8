// Plan by campaign
// What a stored plan of a budget gives to each campaign or channel, the largest spend first, and why.
// $plan STRING: id of the plan, as the query plans lists it
// $limit INTEGER: maximum rows
OPTIONAL MATCH (plan:Plan {id:
  CASE WHEN $plan IS :: STRING THEN $plan ELSE toString(toInteger($plan)) END})
WITH plan, point({x: 0, y: 0, crs: CASE
  WHEN plan IS NULL THEN 'invalid parameter: $plan must be the id of a stored plan'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (plan)-[allocates:ALLOCATES]->(target)
RETURN coalesce(target.id, target.name) AS campaign, target.name AS name, allocates.old AS old,
  allocates.spend AS spend, allocates.low AS low, allocates.high AS high,
  allocates.marginalReturn AS marginalReturn, allocates.reason AS reason,
  allocates.borrowedFrom AS borrowedFrom
ORDER BY spend DESC, campaign
LIMIT coalesce(toInteger($limit), 1)
