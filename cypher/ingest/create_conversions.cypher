// Creates conversions that the graph does not hold, each under its customer.
// $customer LIST<STRING>: for each row, the id of its customer
// $id LIST<STRING>: the conversion's id
// $time LIST<INTEGER>: epoch milliseconds, null where only the order is known
// $position LIST<INTEGER>: place in the customer's order
// $kinds LIST<STRING>: kinds of conversions, null last
// $kind LIST<INTEGER>: codes of kinds
// $value LIST<FLOAT>: what it is worth, currency
UNWIND range(0, size($customer) - 1) AS i
MATCH (c:Customer {id: $customer[i]})
CREATE (c)-[:MADE]->(:Conversion {id: $id[i], customerId: c.id,
  timestamp: CASE WHEN $time[i] IS NULL THEN null ELSE datetime({epochMillis: $time[i]}) END,
  position: $position[i], kind: $kinds[$kind[i]],
  value: $value[i]})
