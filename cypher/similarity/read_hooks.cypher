// Creatives by id, after one of them: parallel lists of ids, of the ids of their hooks, and of the ids of
// the audiences that they are in: those that their campaign targets, and those that saw them.
// $after STRING: id after which to begin; empty for the first
// $limit INTEGER: maximum creatives
MATCH (creative:Creative)
WHERE creative.id > $after
WITH creative ORDER BY creative.id LIMIT $limit
CALL (creative) {
  OPTIONAL MATCH (creative)-[:HAS_ELEMENT]->(element:Element {kind: 'hook'})
  WITH element ORDER BY element.id
  RETURN collect(element.id) AS hooks
}
CALL (creative) {
  OPTIONAL MATCH (creative)-[:PART_OF]->(:Campaign)-[:TARGETS]->(audience:Audience)
  RETURN collect(DISTINCT audience.id) AS targeted
}
CALL (creative) {
  OPTIONAL MATCH (creative)-[:SHOWN_TO]->(audience:Audience)
  RETURN collect(DISTINCT audience.id) AS seen
}
CALL (creative) {
  OPTIONAL MATCH (creative)-[:ON_DAY]->(day:CreativeDay)
  RETURN collect(DISTINCT day.audienceId) AS daily
}
RETURN collect(creative.id) AS id, collect(hooks) AS hooks,
  collect(targeted + seen + daily) AS audiences
