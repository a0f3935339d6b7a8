// Credit by fact
// Credit of the conversions of a period by a fact about the customers, such as their region, and by channel of the
// touches, by the touch model of a run. Customers without the fact have null; '?' is an unknown channel.
// $fact STRING: name of an attribute of customers
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
  WHEN $fact IN ['id', 'bucket', 'changedBy'] OR NOT EXISTS { (known:Customer) WHERE known.bucket >= 0 AND known[$fact] IS NOT NULL }
    THEN 'invalid parameter: $fact must be an attribute that customers in the graph have'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH start, end, chosen, currency, chosen.id AS run,
  CASE WHEN chosen.id = published THEN 'CREDITED' ELSE 'KEPT_CREDIT' END AS form
MATCH (conversion:Conversion)
USING INDEX SEEK conversion:Conversion(timestamp)
WHERE start <= conversion.timestamp < end
MATCH (customer)-[:MADE]->(conversion)
WITH chosen, currency, run, form, conversion, customer[$fact] AS factValue
MATCH (touch)-[credited:CREDITED|KEPT_CREDIT]->(conversion)
WHERE type(credited) = form AND credited.run = run
RETURN factValue, coalesce(touch.channel, '?') AS channel, sum(credited.credit) AS conversions,
  sum(credited.value) AS value,
  chosen.id AS run, chosen.touchModel AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, factValue, channel
LIMIT coalesce(toInteger($limit), 1)
