// Audiences by id, after one of them: parallel lists of ids, texts and facts (name).
// $after STRING: id after which to begin; empty for the first
// $limit INTEGER: maximum audiences
MATCH (audience:Audience)
WHERE audience.id > $after
WITH audience ORDER BY audience.id LIMIT $limit
RETURN collect(audience.id) AS id, collect([audience.name]) AS texts,
  collect([audience.name]) AS facts
