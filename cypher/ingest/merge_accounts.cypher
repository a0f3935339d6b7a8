// Creates missing accounts, and connects customers that exist with theirs. Returns the rows of the others, as
// an account's id and the id for which it was named.
// $rows LIST<LIST<STRING>>: a customer's id, an account's id, and the id of the customer for which the
// account was named; sorted
UNWIND $rows AS row
OPTIONAL MATCH (customer:Customer {id: row[0]})
CALL (row, customer) {
  WITH row, customer WHERE customer IS NOT NULL
  MERGE (account:Account {id: row[1]})
  MERGE (customer)-[:BELONGS_TO {identity: row[2]}]->(account)
}
RETURN collect(CASE WHEN customer IS NULL THEN row[1..] END) AS waiting
