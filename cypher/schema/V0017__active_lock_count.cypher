// Renames turn of Active, written by version 0.1.0, to lockCount.
CYPHER 5
MATCH (active:Active)
WHERE active.turn IS NOT NULL
SET active.lockCount = active.turn
REMOVE active.turn;
