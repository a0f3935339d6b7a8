// Elements by id, after one of them: parallel lists of ids, texts and facts (kind, text).
// $after STRING: id after which to begin; empty for the first
// $limit INTEGER: maximum elements
MATCH (element:Element)
WHERE element.id > $after
WITH element ORDER BY element.id LIMIT $limit
RETURN collect(element.id) AS id, collect([element.text]) AS texts,
  collect([element.kind, element.text]) AS facts
