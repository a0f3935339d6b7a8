// Creatives by id, after one of them, with their daily figures: parallel lists of ids, campaigns ('' for
// none) and elements (kind and id); the channels of these campaigns as pairs; and, for each creative and
// audience, the number of the creative, the audience and the lists of DELIVERED_TO.
// $after STRING: id after which to begin; empty for the first
// $limit INTEGER: maximum creatives
MATCH (creative:Creative)
WHERE creative.id > $after
WITH creative ORDER BY creative.id LIMIT $limit
WITH collect(creative) AS creatives
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
CALL (creatives) {
  UNWIND range(0, size(creatives) - 1) AS number
  WITH number, creatives[number] AS creative
  MATCH (creative)-[delivered:DELIVERED_TO]->(audience:Audience)
  RETURN collect(number) AS creative, collect(audience.id) AS audience, collect(delivered.days) AS days,
    collect(delivered.impressions) AS impressions, collect(delivered.clicks) AS clicks,
    collect(delivered.reach) AS reach, collect(delivered.cost) AS cost,
    collect(delivered.channels) AS channels, collect(delivered.campaigns) AS ofCampaigns,
    collect(delivered.currencies) AS currencies
}
RETURN [creative IN creatives | creative.id] AS id, campaigns, elements, runsOn, creative, audience, days,
  impressions, clicks, reach, cost, channels, ofCampaigns, currencies
