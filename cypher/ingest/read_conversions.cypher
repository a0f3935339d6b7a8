// All conversions of these customers, cancelled ones included, as parallel lists in one record; values are
// those before refunds, identity is '' if a conversion was recorded under the customer's own id, and userId
// is '' if its row named no user.
// $customer LIST<STRING>: ids of customers
// $noTime INTEGER: represents a missing time
UNWIND range(0, size($customer) - 1) AS row
MATCH (customer:Customer {id: $customer[row]})-[:MADE|CANCELLED]->(conversion)
RETURN collect(row) AS customer, collect(conversion.id) AS id,
  collect(coalesce(conversion.timestamp.epochMillis, $noTime)) AS time,
  collect(coalesce(conversion.timestamp.nanosecond % 1000000, 0)) AS nanosecond,
  collect(coalesce(conversion.position, 0)) AS position,
  collect(coalesce(conversion.kind, '')) AS kind,
  collect(coalesce(conversion.identity, '')) AS identity,
  collect(coalesce(conversion.userId, '')) AS userId,
  collect(coalesce(conversion.gross, conversion.value)) AS value
