// Assigns creatives without an ad set to their ad sets. Returns the creatives that belong to another ad set
// than the given one, with both ad sets.
// $rows LIST<LIST<STRING>>: pairs of a creative's id and its ad set's id, sorted
UNWIND $rows AS row
MATCH (creative:Creative {id: row[0]})
SET creative.id = row[0] // locks the creative, so that two loaders run one after the other
WITH row, creative
CALL (row, creative) {
  WITH row, creative WHERE NOT EXISTS { (creative)-[:PART_OF]->(:AdSet) }
  MATCH (set:AdSet {id: row[1]})
  CREATE (creative)-[:PART_OF]->(set)
}
WITH row, creative
MATCH (creative)-[:PART_OF]->(set:AdSet) WHERE set.id <> row[1]
RETURN collect([creative.id, row[1], set.id]) AS conflicts
