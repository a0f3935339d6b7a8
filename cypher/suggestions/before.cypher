// The names or ids of attribution runs, newest first.
MATCH (run:Run {job: 'attribute', status: 'done'})
RETURN coalesce(run.name, run.id) AS value ORDER BY run.started DESC LIMIT 100
