// Credit of new customers
// Credit of the first conversions of customers in a period, by channel of the touches and by the touch model of a
// run, next to the credit of all conversions of the period. A conversion is the first if the customer has none of
// its kind before it, at any time. '?' is an unknown channel.
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
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
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
WITH start, end, chosen, currency, chosen.id AS run,
  CASE WHEN chosen.id = published THEN 'CREDITED' ELSE 'KEPT_CREDIT' END AS form
MATCH (conversion:Conversion)
USING INDEX SEEK conversion:Conversion(timestamp)
WHERE start <= conversion.timestamp < end
WITH chosen, currency, run, form, conversion,
  CASE WHEN EXISTS { ()-[:REPEATED]->(conversion) } THEN 0 ELSE 1 END AS first
MATCH (touch)-[credited:CREDITED|KEPT_CREDIT]->(conversion)
WHERE type(credited) = form AND credited.run = run
WITH chosen, currency, coalesce(touch.channel, '?') AS channel, sum(first * credited.credit) AS conversions,
  sum(first * credited.value) AS value, sum(credited.credit) AS ofAll, sum(credited.value) AS valueOfAll
RETURN channel, conversions, value, ofAll, valueOfAll,
  CASE WHEN ofAll > 0 THEN conversions / ofAll END AS share,
  chosen.id AS run, chosen.touchModel AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY conversions DESC, channel
