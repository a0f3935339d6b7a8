// Creates missing customers and sets their attributes, known before any exposure; other attributes are
// not changed.
// $rows LIST<MAP>: id, bucket, and properties: the given attributes; sorted by (bucket, id)
UNWIND $rows AS row
MERGE (customer:Customer {id: row.id})
SET customer.bucket = row.bucket, customer += row.properties
