// Gives accounts to other customers. Returns the rows of customers that do not exist, as an account's id and
// the id for which it was named.
// $rows LIST<LIST<STRING>>: a customer's id, an account's id, the id for which the account was named, and
// the new customer's id; sorted
UNWIND $rows AS row
MATCH (customer:Customer {id: row[0]})-[old:BELONGS_TO {identity: row[2]}]->(account:Account)
WHERE account.id = row[1]
OPTIONAL MATCH (other:Customer {id: row[3]})
CALL (row, account, other) {
  WITH row, account, other WHERE other IS NOT NULL
  MERGE (other)-[:BELONGS_TO {identity: row[2]}]->(account)
}
DELETE old
RETURN collect(CASE WHEN other IS NULL THEN row[1..3] END) AS waiting
