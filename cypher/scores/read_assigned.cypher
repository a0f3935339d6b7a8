// The credit that models of a run assigned at one level, as parallel lists in one record. Where a value may
// be null, a list holds it, because collect leaves out nulls: byPosition, identified and reasons alone, all
// numbers together in numbers, and cost and return in returns.
// $run STRING: the run's id
// $level STRING: channel, campaign or creative
MATCH (run:Run {id: $run})-[assigned:ASSIGNED]->(entity)
WHERE assigned.level = $level
RETURN collect(CASE WHEN entity:Channel THEN entity.name ELSE entity.id END) AS key,
  collect(assigned.model) AS model, collect(assigned.credit) AS credit, collect(assigned.value) AS value,
  collect([assigned.byPosition]) AS byPosition,
  collect([assigned.low, assigned.high, assigned.probRankedAboveNext, assigned.chanceLow,
    assigned.chanceHigh, assigned.valueLow, assigned.valueHigh, assigned.captured,
    assigned.capturedValue]) AS numbers,
  collect([assigned.identified]) AS identified, collect([assigned.reasons]) AS reasons,
  collect([assigned.cost, assigned.costCoverage, assigned.roas, assigned.roasLow, assigned.roasHigh,
    assigned.costPerConversion, assigned.shareOfCredit, assigned.shareOfSpend]) AS returns
