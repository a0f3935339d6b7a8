// Campaigns by id, after one of them: parallel lists of ids, of texts that say what each is about, and
// of facts (name, objective, first day, last day, budget, channel, audience, ad account); null where unknown,
// and where a campaign has several channels or audiences.
// $after STRING: id after which to begin; empty for the first
// $limit INTEGER: maximum campaigns
MATCH (campaign:Campaign)
WHERE campaign.id > $after
WITH campaign ORDER BY campaign.id LIMIT $limit
CALL (campaign) {
  OPTIONAL MATCH (campaign)<-[:PART_OF]-(creative:Creative)
  WITH creative ORDER BY creative.id LIMIT 20
  RETURN [text IN collect(creative.name) + collect(creative.text) WHERE text <> ''] AS texts
}
WITH campaign, texts, [(campaign)-[:RUNS_ON]->(channel:Channel) | channel.name] AS channels,
  [(campaign)-[:TARGETS]->(audience:Audience) | audience.id] AS audiences,
  [(campaign)-[:PART_OF]->(account:AdAccount) | account.id] AS accounts
RETURN collect(campaign.id) AS id,
  collect([campaign.name, campaign.objective] + texts) AS texts,
  collect([campaign.name, campaign.objective, toString(campaign.startDate),
    toString(campaign.endDate), campaign.budget,
    CASE size(channels) WHEN 1 THEN channels[0] END, CASE size(audiences) WHEN 1 THEN audiences[0] END,
    accounts[0]]) AS facts
