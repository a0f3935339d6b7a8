// The customers who belong to the one account of this customer, itself included; none if it belongs to
// no account or to several.
// $customer STRING: id of the customer in the graph
MATCH (customer:Customer {id: $customer})-[:BELONGS_TO]->(account)
WITH collect(DISTINCT account) AS accounts WHERE size(accounts) = 1
UNWIND accounts AS account
MATCH (account)<-[:BELONGS_TO]-(other)
WITH DISTINCT account, other WHERE NOT EXISTS { (other)-[:BELONGS_TO]->(second) WHERE second <> account }
RETURN collect(other.id) AS customers
