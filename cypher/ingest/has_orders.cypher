// Whether any conversion has the id of an order beside its own.
RETURN EXISTS { MATCH (conversion:Conversion) WHERE conversion.orderId IS NOT NULL } AS orders
