// Adds one applied migration to the end of the chain of history nodes.
// $previous STRING: version of the previous one, 'BASELINE' for the first
// $migration MAP: version, description, type, source and checksum
// $milliseconds INTEGER: duration
// $by STRING: user name
CYPHER 5
MERGE (previous:__Neo4jMigration {version: $previous})
CREATE (migration:__Neo4jMigration)
SET migration = $migration
CREATE (previous)-[:MIGRATED_TO {
  at: datetime({timezone: 'UTC'}),
  in: duration({milliseconds: $milliseconds}),
  by: $by,
  connectedAs: $by
}]->(migration)
