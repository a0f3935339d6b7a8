// How many nodes the graph holds, and how many of them are the history of its schema.
RETURN COUNT { () } AS nodes, COUNT { (:__Neo4jMigration) } AS history
