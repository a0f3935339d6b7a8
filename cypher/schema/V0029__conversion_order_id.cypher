// Finds the conversions of an order that have ids of their own.
CYPHER 5
CREATE INDEX conversion_order_id IF NOT EXISTS
FOR (n:Conversion) ON (n.orderId);
