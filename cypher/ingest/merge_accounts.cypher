// Creates missing accounts, and connects customers that exist with theirs.
// $rows LIST<LIST<STRING>>: a customer's id, an account's id, and the id of the customer for which the
// account was named; sorted
UNWIND $rows AS row
MATCH (customer:Customer {id: row[0]})
CALL (row, customer) {
  MERGE (account:Account {id: row[1]})
  MERGE (customer)-[:BELONGS_TO {identity: row[2]}]->(account)
}
