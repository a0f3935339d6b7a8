// The migrations applied to this graph, oldest first: version, description and checksum.
CYPHER 5
MATCH (migration:__Neo4jMigration)
WHERE migration.version <> 'BASELINE'
RETURN migration.version AS version, migration.description AS description, migration.checksum AS checksum
ORDER BY version
