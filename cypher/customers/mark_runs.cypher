// Marks the runs of attribution that counted events of customers: how many of these are erased. Returns how many
// runs there are.
// $customer LIST<STRING>: ids of the customers
MATCH (run:Run {job: 'attribute'})
CALL (run) {
  UNWIND $customer AS id
  MATCH (customer:Customer {id: id})
  WHERE EXISTS {
    MATCH (customer)-[:TOUCHED|MADE]->(event)
    WHERE coalesce(event.timestamp < run.windowEnd, true)
  }
  RETURN count(customer) AS erased
}
WITH run, erased WHERE erased > 0
SET run.erasedCustomers = coalesce(run.erasedCustomers, 0) + erased
RETURN count(run) AS runs
