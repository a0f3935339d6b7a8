// Numbers of customers, of their touches and of their conversions, from the count store.
RETURN COUNT { (:Customer) } AS customers, COUNT { (:Customer)-[:TOUCHED]->() } AS touches,
  COUNT { (:Customer)-[:MADE]->() } AS conversions
