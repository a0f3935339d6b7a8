// What a stored plan of a budget gives to each campaign or channel, the largest spend first, and why.
// $plan STRING: id of the plan, as the query plans lists it
// $limit INTEGER: maximum rows
MATCH (:Plan {id: $plan})-[allocates:ALLOCATES]->(target)
RETURN coalesce(target.id, target.name) AS campaign, target.name AS name, allocates.old AS old,
  allocates.spend AS spend, allocates.low AS low, allocates.high AS high,
  allocates.marginalReturn AS marginalReturn, allocates.reason AS reason,
  allocates.borrowedFrom AS borrowedFrom
ORDER BY spend DESC, campaign
LIMIT $limit
