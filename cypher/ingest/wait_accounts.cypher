// Stores ids without a customer at the accounts that were named for them.
// $rows LIST<LIST<STRING>>: an account's id, and the id for which it was named; sorted
UNWIND $rows AS row
MERGE (account:Account {id: row[0]})
WITH account, collect(row[1]) AS named
SET account.waiting =
  COLLECT { UNWIND coalesce(account.waiting, []) + named AS id RETURN DISTINCT id ORDER BY id }
