// Claims by campaign
// What platforms claim for each campaign in a period, next to one model's credit of a run, most
// claims first. The period should be that of the run. The factor is credited over claimed conversions;
// where several platforms claim conversions of a campaign, it is left out, since they claim the same.
// $model STRING: name of the model, such as 'incremental'
// $from DATE: first day of the period
// $to DATE: day after the last one of the period
// $limit INTEGER: maximum rows
// $run STRING OR NULL: id or name of a run; null for the published one
WITH date(datetime(btrim(toString($from), "datetime('\")"))) AS start,
  date(datetime(btrim(toString($to), "datetime('\")"))) AS end
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH start, end, coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END,
  active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH start, end, chosen, currency, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the run'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
MATCH (claim:Claim)-[:ABOUT]->(campaign:Campaign)
WHERE start <= claim.date < end
WITH chosen, currency, campaign, claim.platform AS platform, sum(claim.conversions) AS claimed,
  sum(claim.value) AS claimedValue
OPTIONAL MATCH (chosen)-[assigned:ASSIGNED {model: $model}]->(campaign)
WITH chosen, currency, campaign,
  collect({platform: platform, conversions: claimed, value: claimedValue}) AS rows,
  assigned.credit AS conversions, assigned.value AS value
UNWIND rows AS row
RETURN campaign.id AS campaign, campaign.name AS name, row.platform AS platform, row.conversions AS claimed,
  row.value AS claimedValue, conversions, value,
  CASE WHEN size(rows) = 1 AND row.conversions > 0 THEN conversions / row.conversions END AS factor,
  chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY claimed DESC, campaign, platform
LIMIT coalesce(toInteger($limit), 1)
