// Assigns campaigns without an advertising account to their accounts. Returns the campaigns that belong to
// another account than the given one, with both accounts.
// $rows LIST<LIST<STRING>>: pairs of a campaign's id and its account's id, sorted
UNWIND $rows AS row
MATCH (campaign:Campaign {id: row[0]})
SET campaign.id = row[0] // locks the campaign, so that two loaders run one after the other
WITH row, campaign
CALL (row, campaign) {
  WITH row, campaign WHERE NOT EXISTS { (campaign)-[:PART_OF]->(:AdAccount) }
  MATCH (account:AdAccount {id: row[1]})
  CREATE (campaign)-[:PART_OF]->(account)
}
WITH row, campaign
MATCH (campaign)-[:PART_OF]->(account:AdAccount) WHERE account.id <> row[1]
RETURN collect([campaign.id, row[1], account.id]) AS conflicts
