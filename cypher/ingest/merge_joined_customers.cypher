// Gives the attributes of customers without events to the customers that they became part of, as far as
// these have none of that name, and deletes them.
// $rows LIST<LIST<STRING>>: pairs of the customer's id and the other's id, sorted
// $load INTEGER: number of the load by which they change, or null
UNWIND $rows AS row
MATCH (part:Customer {id: row[0]})
CALL (row) { MATCH (customer:Customer {id: row[1]}) RETURN customer }
WITH customer, properties(customer) AS own, collect(part) AS parts
FOREACH (part IN reverse(parts) |
  SET customer += part {.*, id: customer.id, bucket: customer.bucket})
SET customer += own
SET customer.changedBy = coalesce($load, customer.changedBy)
FOREACH (part IN parts | DETACH DELETE part)
