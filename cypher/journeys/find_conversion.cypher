// Whose conversion it is.
// $conversion STRING: id of the conversion
MATCH (v:Conversion {id: $conversion})
RETURN v.customerId AS customer
