// Creatives by id, after one of them: parallel lists of ids, of texts that say what each is about, and
// of facts (name, format, campaign); null where unknown.
// $after STRING: id after which to begin; empty for the first
// $limit INTEGER: maximum creatives
MATCH (creative:Creative)
WHERE creative.id > $after
WITH creative ORDER BY creative.id LIMIT $limit
CALL (creative) {
  OPTIONAL MATCH (creative)-[:HAS_ELEMENT]->(element:Element)
  WITH element ORDER BY element.id
  RETURN collect(element.text) AS texts
}
CALL (creative) {
  OPTIONAL MATCH (creative)-[:PART_OF]->(campaign:Campaign)
  RETURN min(campaign.id) AS campaign
}
RETURN collect(creative.id) AS id, collect([creative.name, creative.text] + texts) AS texts,
  collect([creative.name, creative.format, campaign]) AS facts
