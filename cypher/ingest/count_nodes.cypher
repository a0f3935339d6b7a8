// Number of nodes in the graph, and how many of them record its migrations, or loads that ended without a fact.
RETURN COUNT { () } AS nodes, COUNT { (:__Neo4jMigration) } + COUNT { (:Load) } + COUNT { (:DataSet {name: 'loads'}) } AS history
