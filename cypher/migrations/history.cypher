// The migrations this graph has seen, oldest first: version, description and checksum.
CYPHER 5
MATCH (m:__Neo4jMigration)
WHERE m.version <> 'BASELINE'
RETURN m.version AS version, m.description AS description, m.checksum AS checksum
ORDER BY version
