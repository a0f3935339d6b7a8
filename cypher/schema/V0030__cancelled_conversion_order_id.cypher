// Finds the cancelled conversions of an order that have ids of their own.
CYPHER 5
CREATE INDEX cancelled_conversion_order_id IF NOT EXISTS
FOR (n:CancelledConversion) ON (n.orderId);
