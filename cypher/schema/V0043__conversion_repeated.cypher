// Links each conversion to the customer's next conversion of the same kind, as loads do. Safe to repeat.
// The condition is inside the batches, so that the planner need not collect all customers first.
CYPHER 5
MATCH (customer:Customer)
CALL (customer) {
  WITH customer WHERE COUNT { (customer)-[:MADE]->() } > 1
    AND NOT EXISTS { (customer)-[:MADE]->()-[:REPEATED]->() }
  MATCH (customer)-[:MADE]->(conversion)
  WITH conversion ORDER BY conversion.timestamp, conversion.position, conversion.id
  WITH conversion.kind AS kind, collect(conversion) AS conversions
  UNWIND range(1, size(conversions) - 1) AS next
  WITH conversions[next - 1] AS conversion, conversions[next] AS following
  CREATE (conversion)-[:REPEATED]->(following)
} IN TRANSACTIONS OF 1000 ROWS;
