// Gives the accounts of customers to the customers that they became part of.
// $rows LIST<LIST<STRING>>: pairs of the customer's id and the other's id, sorted
UNWIND $rows AS row
MATCH (part:Customer {id: row[0]})-[:BELONGS_TO]->(account)
CALL (row, account) {
  MATCH (customer:Customer {id: row[1]})
  MERGE (customer)-[:BELONGS_TO]->(account)
}
