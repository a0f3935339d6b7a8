// Holds the lock of migrations until the transaction ends; other processes wait in this statement. The
// transaction is rolled back at the end, so that a process that dies leaves nothing behind. The name is
// the one that neo4j-migrations uses for the default database, so that the two exclude each other.
// $id STRING: any unique string
CYPHER 5
CREATE (lock:__Neo4jMigrationsLock {id: $id, name: 'John Doe'})
RETURN lock.id AS id
