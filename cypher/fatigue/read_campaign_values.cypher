// What campaigns of the current attribution run brought: parallel lists of ids and values, and the first and
// the last day of the run's window (milliseconds since 1970; -1 where it is open).
// $model STRING: name of the model
OPTIONAL MATCH (:Active {job: 'attribute'})-[:CURRENT]->(run:Run)
OPTIONAL MATCH (run)-[assigned:ASSIGNED {model: $model}]->(campaign:Campaign)
WHERE assigned.value IS NOT NULL AND coalesce(assigned.identified, true)
WITH run, campaign, assigned ORDER BY campaign.id
RETURN collect(campaign.id) AS id, collect(assigned.value) AS value,
  coalesce(run.windowStart.epochMillis, -1) AS start, coalesce(run.windowEnd.epochMillis, -1) AS end
