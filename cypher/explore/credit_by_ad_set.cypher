// One model's credit of each ad set in the current run: the credit of its creatives, with their known cost.
// Creatives without an ad set are left out.
// $model STRING: name of the model, such as 'linear'
// $limit INTEGER: maximum rows
MATCH (active:Active {job: 'attribute'})
WITH active.run AS run
MATCH (:Run {id: run})-[assigned:ASSIGNED]->(creative:Creative)
WHERE assigned.model = $model
MATCH (creative)-[:PART_OF]->(set:AdSet)-[:PART_OF]->(campaign:Campaign)
RETURN set.id AS adSet, campaign.id AS campaign, count(creative) AS creatives,
  sum(assigned.credit) AS conversions, sum(assigned.value) AS value, sum(assigned.cost) AS cost
ORDER BY conversions DESC, adSet
LIMIT $limit
