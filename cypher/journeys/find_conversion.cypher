// The id of the customer of a conversion.
// $conversion STRING: id of the conversion
MATCH (conversion:Conversion {id: $conversion})
RETURN conversion.customerId AS customer
