// Creates missing ad sets and assigns those without a campaign to their campaigns. Returns the ad sets that
// belong to another campaign than the given one, with both campaigns.
// $rows LIST<LIST<STRING>>: pairs of an ad set's id and its campaign's id, sorted
UNWIND $rows AS row
MERGE (set:AdSet {id: row[0]})
SET set.id = row[0] // locks the ad set, so that two loaders run one after the other
WITH row, set
CALL (row, set) {
  WITH row, set WHERE NOT EXISTS { (set)-[:PART_OF]->(:Campaign) }
  MATCH (campaign:Campaign {id: row[1]})
  CREATE (set)-[:PART_OF]->(campaign)
}
WITH row, set
MATCH (set)-[:PART_OF]->(campaign:Campaign) WHERE campaign.id <> row[1]
RETURN collect([set.id, row[1], campaign.id]) AS conflicts
