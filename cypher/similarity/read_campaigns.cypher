// Campaigns by id, after one of them: parallel lists of ids, of texts that say what each is about, and
// of facts (name, objective, first day, last day, budget); null where unknown.
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
RETURN collect(campaign.id) AS id,
  collect([campaign.name, campaign.objective] + texts) AS texts,
  collect([campaign.name, campaign.objective, toString(campaign.startDate),
    toString(campaign.endDate), campaign.budget]) AS facts
