// Finds the refunds of an order.
CYPHER 5
CREATE INDEX refund_order IF NOT EXISTS
FOR (n:Refund) ON (n.order);
