// Links each conversion of these customers to their next conversion of the same kind, in place of the links
// that they have. Cancelled conversions have none.
// $customer LIST<STRING>: ids of customers
UNWIND $customer AS id
MATCH (customer:Customer {id: id})
CALL (customer) {
  MATCH (customer)-[:MADE|CANCELLED]->()-[old:REPEATED]->()
  DELETE old
}
CALL (customer) {
  MATCH (customer)-[:MADE]->(conversion)
  WITH conversion ORDER BY conversion.timestamp, conversion.position, conversion.id
  WITH conversion.kind AS kind, collect(conversion) AS conversions
  UNWIND range(1, size(conversions) - 1) AS next
  WITH conversions[next - 1] AS conversion, conversions[next] AS following
  CREATE (conversion)-[:REPEATED]->(following)
}
