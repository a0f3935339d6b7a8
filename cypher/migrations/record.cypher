// Adds one applied migration to the end of the chain of history nodes.
// $previous STRING: version of the one before, 'BASELINE' for the first
// $migration MAP: version, description, type, source and checksum
// $milliseconds INTEGER: how long it took
// $by STRING: who ran it
CYPHER 5
MERGE (p:__Neo4jMigration {version: $previous})
CREATE (m:__Neo4jMigration)
SET m = $migration
CREATE (p)-[:MIGRATED_TO {
  at: datetime({timezone: 'UTC'}),
  in: duration({milliseconds: $milliseconds}),
  by: $by,
  connectedAs: $by
}]->(m)
