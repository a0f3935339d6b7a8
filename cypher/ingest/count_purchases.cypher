// Number of conversions, cancelled ones included, and whether any has the id of an order or of a message as
// well as its own.
RETURN COUNT { (:Conversion) } + COUNT { (:CancelledConversion) } AS conversions,
  EXISTS { MATCH (conversion:Conversion) WHERE conversion.orderId IS NOT NULL } AS orders,
  EXISTS { MATCH (conversion:Conversion) WHERE conversion.messageId IS NOT NULL } OR
  EXISTS { MATCH (conversion:CancelledConversion) WHERE conversion.messageId IS NOT NULL } AS messages
