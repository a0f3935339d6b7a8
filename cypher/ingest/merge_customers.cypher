// Makes customers that are missing, and sets what was known of them before exposure; what is not given
// stays as it was.
// $rows LIST<MAP>: id, bucket, and known: the properties that are given, sorted by (bucket, id)
UNWIND $rows AS row
MERGE (c:Customer {id: row.id})
SET c.bucket = row.bucket, c += row.known
