// How many nodes the graph holds, and how many of them are the history of its schema.
CALL () { MATCH (n) RETURN count(n) AS nodes }
CALL () { MATCH (n:__Neo4jMigration) RETURN count(n) AS history }
RETURN nodes, history
