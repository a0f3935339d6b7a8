// Customers with touches that were recorded under other ids than their own, and the number of these ids.
MATCH (customer:Customer)-[:TOUCHED]->(touch) WHERE touch.identity IS NOT NULL
WITH customer.id AS customer, count(DISTINCT touch.identity) AS aliases
RETURN collect(customer) AS customer, collect(aliases) AS aliases
