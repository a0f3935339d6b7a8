// The credit of a run: one row per level, model and entity.
// $run STRING: the run's id
MATCH (run:Run {id: $run})-[assigned:ASSIGNED]->(entity)
RETURN assigned.level AS level, assigned.model AS model,
  CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key, entity.name AS name,
  assigned.credit AS conversions, assigned.value AS value,
  assigned.low AS low, assigned.high AS high,
  assigned.chanceLow AS chance_low, assigned.chanceHigh AS chance_high,
  assigned.valueLow AS value_low, assigned.valueHigh AS value_high,
  assigned.identified AS identified, assigned.reasons AS reasons,
  assigned.captured AS captured, assigned.capturedValue AS captured_value,
  assigned.probRankedAboveNext AS prob_ranked_above_next,
  assigned.touches AS touches, assigned.priced AS priced,
  assigned.cost AS cost, assigned.costCoverage AS cost_coverage,
  assigned.costPerConversion AS cost_per_conversion, assigned.roas AS roas,
  assigned.roasLow AS roas_low, assigned.roasHigh AS roas_high,
  assigned.shareOfCredit AS share_of_credit, assigned.shareOfSpend AS share_of_spend,
  assigned.currency AS currency
