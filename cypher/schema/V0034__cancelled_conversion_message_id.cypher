// Finds the cancelled conversion of a message, which a table of all events has under the message's id.
CYPHER 5
CREATE INDEX cancelled_conversion_message_id IF NOT EXISTS
FOR (n:CancelledConversion) ON (n.messageId);
