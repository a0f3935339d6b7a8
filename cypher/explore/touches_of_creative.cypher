// Some touches that served a creative, with what became of their customers afterwards; any that the graph
// finds first, since a creative may have millions.
// $creative STRING: id of the creative
// $limit INTEGER: at most so many touches
MATCH (r:Creative {id: $creative})<-[:SERVED]-(t:Touchpoint)
WITH t LIMIT $limit
MATCH (c:Customer {id: t.customerId})
OPTIONAL MATCH (c)-[:MADE]->(v) WHERE v.timestamp > t.timestamp
RETURN t.id AS touch, t.timestamp AS at, c.id AS customer, count(v) AS conversionsLater,
  sum(v.value) AS valueLater
ORDER BY at, touch
