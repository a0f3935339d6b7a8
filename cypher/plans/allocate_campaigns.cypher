// Links a plan to what it gives to each of its campaigns.
// $plan STRING: id of the plan
// $rows LIST<MAP>: id, and spend, exploration, low, high, old, marginalReturn, next1000, reason,
// explanation, identified, observed and borrowedFrom
MATCH (plan:Plan {id: $plan})
UNWIND $rows AS row
MATCH (target:Campaign {id: row.id})
MERGE (plan)-[allocates:ALLOCATES]->(target)
SET allocates.run = plan.run, allocates.spend = row.spend, allocates.exploration = row.exploration,
  allocates.low = row.low, allocates.high = row.high, allocates.old = row.old,
  allocates.marginalReturn = row.marginalReturn, allocates.next1000 = row.next1000,
  allocates.reason = row.reason, allocates.explanation = row.explanation,
  allocates.identified = row.identified, allocates.observed = row.observed,
  allocates.borrowedFrom = row.borrowedFrom
RETURN count(*) AS allocated
