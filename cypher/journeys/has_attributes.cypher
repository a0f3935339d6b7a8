// Whether any customer has other properties than its own.
// $own LIST<STRING>: names of the properties that are no attributes
RETURN EXISTS {
  (customer:Customer) WHERE any(name IN keys(customer) WHERE NOT name IN $own)
} AS found
