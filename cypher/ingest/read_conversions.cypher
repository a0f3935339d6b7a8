// All conversions of some customers as parallel lists in one record.
// $customer LIST<STRING>: ids of customers
// $noTime INTEGER: stands for a missing time
UNWIND range(0, size($customer) - 1) AS k
MATCH (c:Customer {id: $customer[k]})-[:MADE]->(v)
RETURN collect(k) AS customer, collect(v.id) AS id,
  collect(coalesce(v.timestamp.epochMillis, $noTime)) AS time,
  collect(coalesce(v.position, 0)) AS position,
  collect(coalesce(v.kind, '')) AS kind,
  collect(v.value) AS value
