// A creative, those of its campaign and those that were shown to its audiences, with the daily figures of
// its audiences and of its campaign. Lists as of read_creatives, for creatives by id; the pairs of similar
// ones of the current run (number, id of the other, cosine) and whether there is one; and the currency
// of the graph, if one is stored. No record if there is no such creative.
// $id STRING: id of the creative
MATCH (own:Creative {id: $id})
OPTIONAL MATCH (own)-[:PART_OF]->(campaign:Campaign)
WITH own, campaign, [(own)-[:DELIVERED_TO]->(audience:Audience) | audience] AS audiences
CALL (own, campaign, audiences) {
  RETURN own AS creative
  UNION
  UNWIND audiences AS audience
  MATCH (audience)<-[:DELIVERED_TO]-(creative:Creative)
  RETURN creative
  UNION
  MATCH (campaign)<-[:PART_OF]-(creative:Creative)
  RETURN creative
}
WITH own, campaign, audiences, creative ORDER BY creative.id
WITH own, campaign, audiences, collect(creative) AS creatives
CALL (creatives) {
  UNWIND creatives AS creative
  RETURN collect(coalesce([(creative)-[:PART_OF]->(whole:Campaign) | whole.id][0], '')) AS campaigns,
    collect([(creative)-[:HAS_ELEMENT]->(element:Element) | [element.kind, element.id]]) AS elements
}
CALL (creatives) {
  UNWIND creatives AS creative
  MATCH (creative)-[:PART_OF]->(whole:Campaign)
  WITH DISTINCT whole
  MATCH (whole)-[:RUNS_ON]->(channel:Channel)
  RETURN collect([whole.id, channel.name]) AS runsOn
}
CALL (own, campaign, audiences, creatives) {
  UNWIND range(0, size(creatives) - 1) AS number
  WITH own, campaign, audiences, number, creatives[number] AS creative
  MATCH (creative)-[delivered:DELIVERED_TO]->(audience:Audience)
  WHERE audience IN audiences OR creative = own OR (creative)-[:PART_OF]->(campaign)
  RETURN collect(number) AS creative, collect(audience.id) AS audience, collect(delivered.days) AS days,
    collect(delivered.impressions) AS impressions, collect(delivered.clicks) AS clicks,
    collect(delivered.reach) AS reach, collect(delivered.cost) AS cost,
    collect(delivered.channels) AS channels, collect(delivered.campaigns) AS ofCampaigns,
    collect(delivered.currencies) AS currencies
}
CALL (creatives) {
  MATCH (active:Active {job: 'similar-creatives'})
  WITH creatives, active.run AS run
  UNWIND range(0, size(creatives) - 1) AS number
  WITH run, number, creatives[number] AS one
  MATCH (one)-[similar:SIMILAR_TO]->(other:Creative)
  WHERE similar.run = run
  RETURN collect(number) AS first, collect(other.id) AS second, collect(similar.score) AS score
}
RETURN [one IN creatives | one.id] AS id, campaigns, elements, runsOn, creative, audience, days,
  impressions, clicks, reach, cost, channels, ofCampaigns, currencies, first, second, score,
  EXISTS { (active:Active {job: 'similar-creatives'}) WHERE active.run IS NOT NULL } AS linked,
  COLLECT { MATCH (dataSet:DataSet {name: 'currency'}) RETURN dataSet.check }[0] AS currency
