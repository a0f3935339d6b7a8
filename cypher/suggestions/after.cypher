// The ids of attribution runs, newest first.
MATCH (run:Run {job: 'attribute', status: 'done'})
RETURN run.id AS value ORDER BY run.started DESC LIMIT 100
