// Those of these ids that conversions or their orders have.
// $order LIST<STRING>: ids of orders
UNWIND $order AS order
WITH order WHERE EXISTS { MATCH (:Conversion {id: order}) } OR EXISTS { MATCH (:Conversion {orderId: order}) }
  OR EXISTS { MATCH (:CancelledConversion {id: order}) }
  OR EXISTS { MATCH (:CancelledConversion {orderId: order}) }
RETURN collect(order) AS order
