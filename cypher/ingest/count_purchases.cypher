// Number of conversions, cancelled ones included, and whether any has the id of an order beside its own.
RETURN COUNT { (:Conversion) } + COUNT { (:CancelledConversion) } AS conversions,
  EXISTS { MATCH (conversion:Conversion) WHERE conversion.orderId IS NOT NULL } AS orders
