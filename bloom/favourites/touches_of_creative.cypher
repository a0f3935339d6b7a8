// Touches of creative
// Some touches that served a creative, with the later conversions of their customers. The touches are an
// arbitrary selection, because a creative may have millions.
// $creative STRING: id of the creative
// $limit INTEGER: maximum touches
OPTIONAL MATCH (creative:Creative {id:
  CASE WHEN $creative IS :: STRING THEN $creative ELSE toString(toInteger($creative)) END})
WITH creative, point({x: 0, y: 0, crs: CASE
  WHEN creative IS NULL THEN 'invalid parameter: $creative must be the id of a creative in the graph'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (creative)<-[:SERVED]-(touch:Touchpoint)
WITH currency, touch LIMIT coalesce(toInteger($limit), 1)
MATCH (customer:Customer {id: touch.customerId})
OPTIONAL MATCH (customer)-[:MADE]->(conversion) WHERE conversion.timestamp > touch.timestamp
RETURN touch.id AS touch, touch.timestamp AS at, customer.id AS customer,
  count(conversion) AS conversionsLater, sum(conversion.value) AS valueLater,
  currency.check AS currency
ORDER BY at, touch
