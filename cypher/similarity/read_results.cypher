// Which of these campaigns the graph has, with what a model of the current run credits each with: parallel
// lists of ids, facts (name, id of the ad account), numbers (conversions, low, high, value, low, high, cost,
// ROAS, low, high) and whether the data can answer them; null without credit.
// $ids LIST<STRING>: ids of campaigns
// $model STRING: name of the model
UNWIND $ids AS id
MATCH (campaign:Campaign {id: id})
OPTIONAL MATCH (:Active {job: 'attribute'})-[:CURRENT]->(:Run)-[assigned:ASSIGNED]->(campaign)
WHERE assigned.model = $model
RETURN collect(campaign.id) AS id, collect([campaign.name,
    [(campaign)-[:PART_OF]->(account:AdAccount) | account.id][0]]) AS facts,
  collect([assigned.credit, assigned.low, assigned.high, assigned.value, assigned.valueLow,
    assigned.valueHigh, assigned.cost, assigned.roas, assigned.roasLow, assigned.roasHigh]) AS numbers,
  collect([assigned.identified]) AS identified
