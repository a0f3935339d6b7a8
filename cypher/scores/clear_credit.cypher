// Deletes the credit that a run gave for conversions of some customers, in the transaction that writes it again.
// Returns how much.
// $run STRING: the run's id
// $customers LIST<STRING>: ids of the customers
UNWIND $customers AS id
MATCH (customer:Customer {id: id})-[:MADE|CANCELLED]->(conversion)
MATCH (conversion)<-[credited:CREDITED|KEPT_CREDIT]-()
WHERE credited.run = $run
DELETE credited
RETURN count(credited) AS deleted
