// One node a plan of a budget, known by the id of its run.
CYPHER 5
CREATE CONSTRAINT plan_id IF NOT EXISTS
FOR (n:Plan) REQUIRE n.id IS UNIQUE;
