// Deletes accounts that nobody belongs to and that wait for nobody. Returns how many there were.
MATCH (account:Account)
WHERE account.waiting IS NULL AND NOT EXISTS { (account)<-[:BELONGS_TO]-() }
WITH collect(account) AS accounts
FOREACH (account IN accounts | DETACH DELETE account)
RETURN size(accounts) AS accounts
