// The ids of all transactions that are open in a database, that of this statement among them.
// $database STRING: name of the database
SHOW TRANSACTIONS YIELD transactionId, database
WHERE database = $database
RETURN collect(transactionId) AS ids
