// Takes the lock of migrations for as long as the transaction lives; others wait in this statement.
// It is rolled back in the end, so a process that dies leaves nothing behind. The name is the one
// that neo4j-migrations uses for the default database, so both keep out of each other's way.
// $id STRING: any unique text
CYPHER 5
CREATE (l:__Neo4jMigrationsLock {id: $id, name: 'John Doe'})
RETURN l.id AS id
