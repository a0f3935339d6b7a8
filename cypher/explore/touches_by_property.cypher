// Touches of a period by the value of a property, such as the kind of touch, or the device if a mapping names it:
// with the customers that they reached and their cost, most touches first. Touches without the property have the
// value null; the cost is that of the touches whose cost is known (priced).
// $property STRING: kind, channel, audienceId, utmSource, utmMedium, utmTerm, or what a mapping names
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $limit INTEGER: maximum rows
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN NOT coalesce($property IN ['kind', 'channel', 'audienceId', 'utmSource', 'utmMedium', 'utmTerm'], false)
    AND NOT EXISTS { (:DataSet {name: 'property ' + $property}) }
    THEN 'invalid parameter: $property must be kind, channel, audienceId, utmSource, utmMedium, utmTerm or a property that a mapping names'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (touch:Touchpoint) WHERE start <= touch.timestamp < end
WITH currency, touch[$property] AS propertyValue, touch.customerId AS customer, count(*) AS touches,
  sum(touch.cost) AS cost, count(touch.cost) AS priced
RETURN propertyValue, sum(touches) AS touches, count(*) AS customers, toFloat(sum(cost)) AS cost,
  sum(priced) AS priced, currency.check AS currency
ORDER BY touches DESC, propertyValue
LIMIT coalesce(toInteger($limit), 1)
