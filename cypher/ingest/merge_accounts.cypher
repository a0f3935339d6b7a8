// Creates missing accounts, and connects customers that exist with theirs.
// $rows LIST<LIST<STRING>>: pairs of a customer's id and an account's id, sorted
UNWIND $rows AS row
MATCH (customer:Customer {id: row[0]})
CALL (row, customer) {
  MERGE (account:Account {id: row[1]})
  MERGE (customer)-[:BELONGS_TO]->(account)
}
