// What platforms claim for each campaign in a period, beside one model's credit of the current run, most
// claims first. The period should be that of the run. The factor is credited over claimed conversions;
// where several platforms claim conversions of a campaign, it is left out, since they claim the same.
// $model STRING: name of the model, such as 'incremental'
// $from DATE: first day
// $to DATE: last day (inclusive)
// $limit INTEGER: maximum rows
MATCH (active:Active {job: 'attribute'})
WITH active.run AS run
MATCH (claim:Claim)-[:ABOUT]->(campaign:Campaign)
WHERE $from <= claim.date <= $to
WITH run, campaign, claim.platform AS platform, sum(claim.conversions) AS claimed,
  sum(claim.value) AS claimedValue
OPTIONAL MATCH (:Run {id: run})-[assigned:ASSIGNED {model: $model}]->(campaign)
WITH campaign, collect({platform: platform, conversions: claimed, value: claimedValue}) AS rows,
  assigned.credit AS conversions, assigned.value AS value
UNWIND rows AS row
RETURN campaign.id AS campaign, campaign.name AS name, row.platform AS platform, row.conversions AS claimed,
  row.value AS claimedValue, conversions, value,
  CASE WHEN size(rows) = 1 AND row.conversions > 0 THEN conversions / row.conversions END AS factor
ORDER BY claimed DESC, campaign, platform
LIMIT $limit
