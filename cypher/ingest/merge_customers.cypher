// Creates missing customers and sets their attributes, known before any exposure; other attributes are
// not changed.
// $rows LIST<MAP>: id, bucket, and properties: the given attributes; sorted by (bucket, id)
// $load INTEGER: number of the load by which they change, or null
UNWIND $rows AS row
MERGE (customer:Customer {id: row.id})
SET customer.changedBy = CASE
    WHEN any(name IN keys(row.properties) WHERE coalesce(customer[name] <> row.properties[name], true))
    THEN coalesce($load, customer.changedBy) ELSE customer.changedBy END
SET customer.bucket = row.bucket, customer += row.properties
