// The customers who belong to the one account of this customer, itself included; none if it belongs to
// no account or to several.
// $customer STRING: id of the customer in the graph
MATCH (customer:Customer {id: $customer})-[:BELONGS_TO]->(account)
WITH collect(account) AS accounts WHERE size(accounts) = 1
UNWIND accounts AS account
MATCH (account)<-[:BELONGS_TO]-(other) WHERE COUNT { (other)-[:BELONGS_TO]->() } = 1
RETURN collect(other.id) AS customers
