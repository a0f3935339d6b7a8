// All tombstones of erased customers, as parallel lists in one record.
// $noTime INTEGER: represents a missing time
MATCH (tombstone:Tombstone)
RETURN collect(tombstone.id) AS id, collect(coalesce(tombstone.since.epochMillis, $noTime)) AS since
