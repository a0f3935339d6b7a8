// Credit of the current run by audience. The credit of a campaign goes to the audiences of its touches, in
// proportion to what the touch model credits; touches that name none count equally for all audiences that the
// campaign targets. Each audience includes those within it, so that only the roots of the tree add up to the
// credit of all campaigns that target an audience.
// $model STRING: name of the model, such as 'linear'
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS run, point({x: 0, y: 0, crs: CASE
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (current:Run {id: run})
CALL (current, run) {
  MATCH (current)-[assigned:ASSIGNED]->(campaign:Campaign) WHERE assigned.model = $model
  MATCH (campaign)-[:TARGETS]->(audience:Audience)
  RETURN DISTINCT campaign, audience.id AS audience, 0.0 AS credit, 0.0 AS value
  UNION ALL
  MATCH (touch:Touchpoint)-[credited:CREDITED {run: run}]->()
  USING INDEX SEEK credited:CREDITED(run)
  MATCH (touch)-[:SERVED]->(served)
  OPTIONAL MATCH (served)-[:PART_OF]->(campaign:Campaign)
  RETURN coalesce(campaign, served) AS campaign, touch.audienceId AS audience,
    sum(credited.credit) AS credit, sum(credited.value) AS value
}
WITH current, currency, campaign, audience, sum(credit) AS credit, sum(value) AS value
WITH current, currency, campaign, sum(credit) AS credit, sum(value) AS value,
  collect({audience: audience, credit: credit, value: value}) AS parts
WITH current, currency, campaign, credit, value, [one IN parts WHERE one.audience IS NOT NULL] AS named,
  head([one IN parts WHERE one.audience IS NULL]) AS unnamed
MATCH (current)-[assigned:ASSIGNED]->(campaign) WHERE assigned.model = $model
UNWIND named AS part
WITH current, currency, assigned, part.audience AS id,
  CASE WHEN credit > 0 THEN (part.credit + coalesce(unnamed.credit, 0) / size(named)) / credit
    ELSE 1.0 / size(named) END AS ofCredit,
  CASE WHEN value > 0 THEN (part.value + coalesce(unnamed.value, 0) / size(named)) / value
    ELSE 1.0 / size(named) END AS ofValue
MATCH (:Audience {id: id})-[:WITHIN*0..20]->(ancestor:Audience)
RETURN ancestor.id AS audience, ancestor.name AS name, sum(assigned.credit * ofCredit) AS conversions,
  sum(assigned.value * ofValue) AS value,
  current.id AS run, $model AS model, current.windowStart AS windowStart,
  current.windowEnd AS windowEnd, current.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, audience
