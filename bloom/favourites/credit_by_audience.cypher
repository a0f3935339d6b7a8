// Credit by audience
// Credit of a run by audience. The credit of a campaign goes to the audiences of its touches, in
// proportion to what the touch model credits; touches that name none count equally for all audiences that the
// campaign targets. Each audience includes those within it, so that only the roots of the tree add up to the
// credit of all campaigns that target an audience.
// $model STRING: name of the model, such as 'linear'
// $run STRING OR NULL: id or name of a run; null for the published one
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS published,
  coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END, active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH chosen, chosen.id AS run, coalesce(chosen.id = published, false) AS isPublished,
  point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the run'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
CALL (chosen, run, isPublished) {
  MATCH (chosen)-[assigned:ASSIGNED]->(campaign:Campaign) WHERE assigned.model = $model
  MATCH (campaign)-[:TARGETS]->(audience:Audience)
  RETURN DISTINCT campaign, audience.id AS audience, 0.0 AS credit, 0.0 AS value
  UNION ALL
  WITH run, isPublished
  CALL (run, isPublished) {
    WITH run WHERE isPublished
    MATCH (touch:Touchpoint)-[credited:CREDITED {run: run}]->()
    USING INDEX SEEK credited:CREDITED(run)
    RETURN touch, credited
    UNION ALL
    WITH run WHERE NOT isPublished
    MATCH (touch:Touchpoint)-[credited:KEPT_CREDIT {run: run}]->()
    USING INDEX SEEK credited:KEPT_CREDIT(run)
    RETURN touch, credited
  }
  MATCH (touch)-[:SERVED]->(served)
  OPTIONAL MATCH (served)-[:PART_OF]->(campaign:Campaign)
  RETURN coalesce(campaign, served) AS campaign, touch.audienceId AS audience,
    sum(credited.credit) AS credit, sum(credited.value) AS value
}
WITH chosen, currency, campaign, audience, sum(credit) AS credit, sum(value) AS value
WITH chosen, currency, campaign, sum(credit) AS credit, sum(value) AS value,
  collect({audience: audience, credit: credit, value: value}) AS parts
WITH chosen, currency, campaign, credit, value, [one IN parts WHERE one.audience IS NOT NULL] AS named,
  head([one IN parts WHERE one.audience IS NULL]) AS unnamed
MATCH (chosen)-[assigned:ASSIGNED]->(campaign) WHERE assigned.model = $model
UNWIND named AS part
WITH chosen, currency, assigned, part.audience AS id,
  CASE WHEN credit > 0 THEN (part.credit + coalesce(unnamed.credit, 0) / size(named)) / credit
    ELSE 1.0 / size(named) END AS ofCredit,
  CASE WHEN value > 0 THEN (part.value + coalesce(unnamed.value, 0) / size(named)) / value
    ELSE 1.0 / size(named) END AS ofValue
MATCH (:Audience {id: id})-[:WITHIN*0..20]->(ancestor:Audience)
RETURN ancestor.id AS audience, ancestor.name AS name, sum(assigned.credit * ofCredit) AS conversions,
  sum(assigned.value * ofValue) AS value,
  chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, audience
