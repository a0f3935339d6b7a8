// The names or ids of attribution runs: the published one, then the newest.
MATCH (run:Run {job: 'attribute', status: 'done'})
OPTIONAL MATCH (active:Active {job: 'attribute'})
RETURN coalesce(run.name, run.id) AS value
ORDER BY coalesce(run.id = active.run, false) DESC, run.started DESC LIMIT 100
