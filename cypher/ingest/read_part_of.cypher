// The campaign tree: pairs of the ids of a node and of what it is part of, as one list per kind of pair in
// one record.
RETURN COLLECT {
    MATCH (creative:Creative)-[:PART_OF]->(campaign:Campaign) RETURN [creative.id, campaign.id]
  } AS creative_campaigns,
  COLLECT {
    MATCH (creative:Creative)-[:PART_OF]->(set:AdSet) RETURN [creative.id, set.id]
  } AS creative_ad_sets,
  COLLECT {
    MATCH (set:AdSet)-[:PART_OF]->(campaign:Campaign) RETURN [set.id, campaign.id]
  } AS ad_set_campaigns,
  COLLECT {
    MATCH (campaign:Campaign)-[:PART_OF]->(account:AdAccount) RETURN [campaign.id, account.id]
  } AS campaign_accounts
