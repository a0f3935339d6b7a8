// Credit by property
// Credit of the conversions of a period by the value of a property of the touches, such as their kind, or the
// device if a mapping names it, by the touch model of a run. Touches without the property have the value null.
// $property STRING: kind, channel, audienceId, utmSource, utmMedium, utmTerm, or what a mapping names
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
// $limit INTEGER: maximum rows
// $run STRING OR NULL: id or name of a run; null for the published one
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH start, end, active.run AS published,
  coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END, active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH start, end, chosen, published, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN NOT coalesce($property IN ['kind', 'channel', 'audienceId', 'utmSource', 'utmMedium', 'utmTerm'], false)
    AND NOT EXISTS { (:DataSet {name: 'property ' + $property}) }
    THEN 'invalid parameter: $property must be kind, channel, audienceId, utmSource, utmMedium, utmTerm or a property that a mapping names'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH start, end, chosen, currency, chosen.id AS run,
  CASE WHEN chosen.id = published THEN 'CREDITED' ELSE 'KEPT_CREDIT' END AS form
MATCH (conversion:Conversion)
USING INDEX SEEK conversion:Conversion(timestamp)
WHERE start <= conversion.timestamp < end
MATCH (touch)-[credited:CREDITED|KEPT_CREDIT]->(conversion)
WHERE type(credited) = form AND credited.run = run
RETURN touch[$property] AS propertyValue, sum(credited.credit) AS conversions, sum(credited.value) AS value,
  count(DISTINCT conversion) AS assisted,
  chosen.id AS run, chosen.touchModel AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, propertyValue
LIMIT coalesce(toInteger($limit), 1)
