// Takes the ids without a customer off all accounts, and locks these until the transaction ends. Returns them as
// an account's id and the id for which it was named.
MATCH (account:Account) WHERE account.waiting IS NOT NULL
WITH account, account.waiting AS waiting ORDER BY account.id
REMOVE account.waiting
WITH account, waiting UNWIND waiting AS id
RETURN collect([account.id, id]) AS waiting
