// Gives accounts to other customers, as far as these exist.
// $rows LIST<LIST<STRING>>: a customer's id, an account's id, the id for which the account was named, and
// the new customer's id; sorted
UNWIND $rows AS row
MATCH (customer:Customer {id: row[0]})-[old:BELONGS_TO {identity: row[2]}]->(account:Account)
WHERE account.id = row[1]
CALL (row, old, account) {
  MATCH (other:Customer {id: row[3]})
  MERGE (other)-[:BELONGS_TO {identity: row[2]}]->(account)
  DELETE old
}
