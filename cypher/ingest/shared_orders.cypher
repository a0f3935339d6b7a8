// Those of these orders that several conversions are, or belong to.
// $order LIST<STRING>: ids of orders, and of conversions that may be orders
UNWIND $order AS order
WITH order WHERE
  COUNT { MATCH (:Conversion {orderId: order}) } + COUNT { MATCH (:Conversion {id: order}) } > 1
RETURN collect(order) AS order
