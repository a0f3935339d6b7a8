// Return by month
// One model's value of campaigns in a run by month of the conversions, next to what the campaigns cost in that month,
// and their return on advertising spend (ROAS). The cost is the spend on the campaign if the period has any, else
// that of its touches. It is null where it is not known for all touches, is in another currency, or belongs to
// several campaigns, and where the channel of touches has spend without a campaign. For models that credit single
// touches.
// $model STRING: name of the model, such as 'linear'
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
WITH start, end, chosen, chosen.id AS run, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the run'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED_ON {model: $model}]->() }
    THEN 'invalid parameter: $model must credit single touches; Markov chains and rate models do not, so they have no credit by month, nor has a run of data without times or of an older version'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH start, end, chosen, run, currency, COLLECT {
  MATCH (day:SpendDay)-[:SPENT_ON]->(channel:Channel)
  WHERE start <= day.date < end
    AND day.campaign IS NULL AND day.campaignName IS NULL AND day.creative IS NULL
  RETURN DISTINCT channel.name
} AS wide
CALL (start, end, run, wide) {
  MATCH (:Run)-[assigned:ASSIGNED_ON]->(campaign)
  USING INDEX SEEK assigned:ASSIGNED_ON(run, model, level, date)
  WHERE assigned.run = run AND assigned.model = $model AND assigned.level = 'campaign'
    AND start <= assigned.date < end
  RETURN campaign, date.truncate('month', assigned.date) AS month, sum(assigned.credit) AS conversions,
    sum(assigned.value) AS value, 0 AS touches, 0 AS priced, 0.0 AS touchCost, null AS spend,
    false AS shared, [] AS currencies
  UNION ALL
  WITH start, end, wide
  MATCH (touch:Touchpoint)
  WHERE datetime({date: start, timezone: 'UTC'}) <= touch.timestamp < datetime({date: end, timezone: 'UTC'})
  MATCH (touch)-[:SERVED]->(served)
  WITH served, date.truncate('month', date(touch.timestamp)) AS month, touch.cost AS cost,
    touch.cost IS NOT NULL AND coalesce(touch.costShare = 1, true)
      AND NOT coalesce(touch.channel IN wide, false) AS known
  WITH served, month, count(*) AS touches, count(CASE WHEN known THEN 1 END) AS priced, sum(cost) AS cost
  OPTIONAL MATCH (served)-[:PART_OF]->(of:Campaign)
  WITH CASE WHEN served:Campaign THEN served ELSE of END AS campaign, month, touches, priced, cost
  WHERE campaign IS NOT NULL
  RETURN campaign, month, 0.0 AS conversions, 0.0 AS value, sum(touches) AS touches, sum(priced) AS priced,
    sum(cost) AS touchCost, null AS spend, false AS shared, [] AS currencies
  UNION ALL
  WITH start, end
  MATCH (day:SpendDay) WHERE start <= day.date < end
  WITH day, COLLECT { MATCH (day)-[:SPENT_ON]->(campaign:Campaign) RETURN campaign } AS named,
    COLLECT {
      MATCH (day)-[:SPENT_ON]->(:Creative)-[:PART_OF]->(campaign:Campaign) RETURN DISTINCT campaign
    } AS ofCreatives
  WITH day, CASE named WHEN [] THEN ofCreatives ELSE named END AS campaigns
  UNWIND campaigns AS campaign
  RETURN campaign, date.truncate('month', day.date) AS month, 0.0 AS conversions, 0.0 AS value,
    0 AS touches, 0 AS priced, 0.0 AS touchCost, sum(day.cost) AS spend,
    max(size(campaigns)) > 1 AS shared, collect(DISTINCT day.currency) AS currencies
}
WITH chosen, currency, campaign, month, sum(conversions) AS conversions, sum(value) AS value,
  sum(touches) AS touches, sum(priced) AS priced, toFloat(sum(touchCost)) AS touchCost,
  count(spend) > 0 AS charged, toFloat(sum(spend)) AS spend,
  any(one IN collect(shared) WHERE one) AS shared,
  reduce(all = [], one IN collect(currencies) | all + one) AS currencies
WITH chosen, currency, campaign, collect({month: month, conversions: conversions, value: value,
  touches: touches, priced: priced, touchCost: touchCost, spend: spend, currencies: currencies,
  shared: shared}) AS months, any(one IN collect(charged) WHERE one) AS hasSpend
UNWIND months AS one
WITH chosen, currency, campaign, one, CASE
  WHEN one.shared OR any(code IN one.currencies WHERE code <> coalesce(currency.check, one.currencies[0]))
    THEN null
  WHEN hasSpend THEN one.spend
  WHEN one.priced = one.touches THEN one.touchCost END AS cost
OPTIONAL MATCH (chosen)-[assigned:ASSIGNED {model: $model, level: 'campaign'}]->(campaign)
WITH chosen, currency, campaign, one, cost, coalesce(assigned.identified, true)
  AND EXISTS { (chosen)-[other:ASSIGNED {model: $model}]->() WHERE other.value <> 0 } AS hasReturn
RETURN one.month AS month, campaign.id AS campaign, campaign.name AS name, one.conversions AS conversions,
  one.value AS value, cost, CASE WHEN hasReturn AND cost > 0 THEN one.value / cost END AS roas,
  chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays,
  coalesce(currency.check, one.currencies[0]) AS currency
ORDER BY month, value DESC, campaign
LIMIT coalesce(toInteger($limit), 1)
