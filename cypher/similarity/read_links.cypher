// Pairs of similar creatives of the current run, by ids: parallel lists of the smaller id, of the other and
// of the cosine of their hooks.
MATCH (active:Active {job: 'similar-creatives'})
WITH active.run AS run
MATCH (first:Creative)-[similar:SIMILAR_TO]->(second:Creative)
WHERE similar.run = run
WITH first.id AS one, second.id AS other, similar.score AS score ORDER BY one, other
RETURN collect(one) AS first, collect(other) AS second, collect(score) AS score
