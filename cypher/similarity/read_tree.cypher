// The campaign tree and the tree of audiences, as one list per kind of node in one record: id, kind of the
// parent and id of the parent, by id; the parent is null at the top. The parent of a creative is its ad
// set, else its campaign.
RETURN COLLECT {
    MATCH (account:AdAccount)
    WITH account.id AS id ORDER BY id
    RETURN [id, null, null]
  } AS ad_account,
  COLLECT {
    MATCH (campaign:Campaign)
    OPTIONAL MATCH (campaign)-[:PART_OF]->(account:AdAccount)
    WITH campaign.id AS id, min(account.id) AS account ORDER BY id
    RETURN [id, CASE WHEN account IS NOT NULL THEN 'ad_account' END, account]
  } AS campaign,
  COLLECT {
    MATCH (set:AdSet)
    OPTIONAL MATCH (set)-[:PART_OF]->(campaign:Campaign)
    WITH set.id AS id, min(campaign.id) AS campaign ORDER BY id
    RETURN [id, CASE WHEN campaign IS NOT NULL THEN 'campaign' END, campaign]
  } AS ad_set,
  COLLECT {
    MATCH (creative:Creative)
    OPTIONAL MATCH (creative)-[:PART_OF]->(set:AdSet)
    OPTIONAL MATCH (creative)-[:PART_OF]->(campaign:Campaign)
    WITH creative.id AS id, min(set.id) AS set, min(campaign.id) AS campaign ORDER BY id
    RETURN [id, CASE WHEN set IS NOT NULL THEN 'ad_set' WHEN campaign IS NOT NULL THEN 'campaign' END,
      coalesce(set, campaign)]
  } AS creative,
  COLLECT {
    MATCH (audience:Audience)
    OPTIONAL MATCH (audience)-[:WITHIN]->(parent:Audience)
    WITH audience.id AS id, min(parent.id) AS parent ORDER BY id
    RETURN [id, CASE WHEN parent IS NOT NULL THEN 'audience' END, parent]
  } AS audience
