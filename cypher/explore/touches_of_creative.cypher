// Some touches that served a creative, with the later conversions of their customers. The touches are an
// arbitrary selection, because a creative may have millions.
// $creative STRING: id of the creative
// $limit INTEGER: maximum touches
MATCH (creative:Creative {id: $creative})<-[:SERVED]-(touch:Touchpoint)
WITH touch LIMIT $limit
MATCH (customer:Customer {id: touch.customerId})
OPTIONAL MATCH (customer)-[:MADE]->(conversion) WHERE conversion.timestamp > touch.timestamp
RETURN touch.id AS touch, touch.timestamp AS at, customer.id AS customer,
  count(conversion) AS conversionsLater, sum(conversion.value) AS valueLater
ORDER BY at, touch
