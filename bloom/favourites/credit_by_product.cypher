// Credit by product
// Credit of channels for products in a period, by the touch model of a run: that of each conversion, split over the
// lines of its order by value. What has no lines is a row without a product.
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
WITH chosen, currency, conversion, touch.channel AS channel, sum(credited.credit) AS credit,
  sum(credited.value) AS value
WITH chosen, currency, conversion, collect({channel: channel, credit: credit, value: value}) AS channels
WITH chosen, currency, channels, COLLECT {
  MATCH (conversion)-[:OF_ORDER]->()-[line:CONTAINS]->(product)
  RETURN {product: product, value: line.value}
} AS lines
WITH chosen, currency, channels, CASE WHEN size(lines) > 0 THEN lines ELSE [null] END AS lines,
  reduce(total = 0.0, line IN lines | total + line.value) AS total
UNWIND lines AS line
WITH chosen, currency, channels, line.product AS product,
  CASE WHEN total > 0 THEN line.value / total ELSE 1.0 / size(lines) END AS share
UNWIND channels AS one
WITH chosen, currency, product, one.channel AS channel, sum(one.credit * share) AS conversions,
  sum(one.value * share) AS value
WITH chosen, currency,
  collect({product: product, channel: channel, conversions: conversions, value: value}) AS rows,
  sum(conversions) AS credited,
  sum(CASE WHEN product IS NOT NULL THEN conversions ELSE 0.0 END) AS withLines
UNWIND rows AS row
WITH chosen, currency, row, row.product AS product,
  CASE WHEN credited <> 0 THEN withLines / credited END AS shareWithLines
RETURN product.id AS product, product.name AS name, row.channel AS channel, row.conversions AS conversions,
  row.value AS value, shareWithLines, chosen.id AS run, chosen.touchModel AS model,
  chosen.windowStart AS windowStart, chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays,
  currency.check AS currency
ORDER BY value DESC, product, channel
LIMIT coalesce(toInteger($limit), 1)
