// Number of nodes in the graph, and how many of them record its migrations.
RETURN COUNT { () } AS nodes, COUNT { (:__Neo4jMigration) } AS history
