// Numbers a load, or another change of facts, before it writes. The counter stays locked until the transaction
// ends, so that a load with a lower number was visible before one with a higher number. Returns the number.
// $id STRING: id of the load
// $kind STRING: load, erasure or retention
// $files LIST<STRING>: names of the files
// $contents LIST<STRING>: of each file a hash of its bytes and of how it is read
MERGE (counter:DataSet {name: 'loads'})
SET counter.loads = coalesce(counter.loads, 0) + 1
CREATE (load:Load {
  id: $id, number: counter.loads, kind: $kind, files: $files, contents: $contents, started: datetime()
})
RETURN load.number AS number
