// Conversions of a creative on a day may be a fraction, as platforms claim them: integers become floats.
// Safe to repeat.
CYPHER 5
MATCH (day:CreativeDay)
CALL (day) {
  WITH day WHERE day.conversions IS NOT NULL
  SET day.conversions = toFloat(day.conversions)
} IN TRANSACTIONS OF 10000 ROWS;
