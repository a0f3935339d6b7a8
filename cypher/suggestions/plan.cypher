// The ids of stored plans, newest first.
MATCH (run:Run {job: 'plan'})-[:PLANNED]->(plan:Plan)
RETURN plan.id AS value ORDER BY run.finished DESC LIMIT 100
