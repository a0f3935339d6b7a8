// Removes conversions under the id of a message of which another conversion of that kind is made: without a
// value, or of the same. Returns how many, and the customers.
// $message LIST<STRING>: ids of messages, and of conversions that may be messages
UNWIND $message AS message
MATCH (bare:Conversion {id: message})
CALL (message) {
  MATCH (conversion:Conversion {messageId: message}) RETURN conversion
  UNION MATCH (conversion:CancelledConversion {messageId: message}) RETURN conversion
}
WITH bare, conversion
WHERE conversion.kind = bare.kind AND
  coalesce(bare.gross, bare.value) IN [0.0, coalesce(conversion.gross, conversion.value)]
WITH DISTINCT bare, bare.customerId AS customer
DETACH DELETE bare
RETURN count(*) AS conversions, collect(DISTINCT customer) AS customers
