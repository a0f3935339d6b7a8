// Counts the touches and conversions before a time.
// $before INTEGER: epoch milliseconds
RETURN
  COUNT { MATCH (touch:Touchpoint) WHERE touch.timestamp < datetime({epochMillis: $before}) } AS touches,
  COUNT { MATCH (conversion:Conversion) WHERE conversion.timestamp < datetime({epochMillis: $before}) }
    AS conversions
