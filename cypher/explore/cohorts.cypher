// Cohorts of customers by the day, week, month, quarter or year of their first touch, which lies in a period: how
// many convert in each of these units from then on (elapsed, 0 is that of the first touch), with the value. The
// customers that have not converted have elapsed null. Units are of UTC; weeks begin on Monday.
// $unit STRING: day, week, month, quarter or year
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
WITH datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH start, end, point({x: 0, y: 0, crs: CASE
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN NOT coalesce($unit IN ['day', 'week', 'month', 'quarter', 'year'], false)
    THEN 'invalid parameter: $unit must be day, week, month, quarter or year'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (touch:Touchpoint) WHERE start <= touch.timestamp < end AND NOT EXISTS { ()-[:PRECEDED]->(touch) }
MATCH (customer)-[:TOUCHED]->(touch)
WITH currency, date.truncate($unit, date(touch.timestamp)) AS begins, collect([customer, touch]) AS firsts
UNWIND firsts AS one
WITH currency, begins, size(firsts) AS cohort, one[0] AS customer, one[1] AS touch
OPTIONAL MATCH (customer)-[:MADE]->(conversion)
WHERE [touch.timestamp, touch.position] < [conversion.timestamp, conversion.position]
WITH currency, begins, cohort, customer, conversion, CASE WHEN conversion IS NOT NULL
  THEN date.truncate($unit, date(conversion.timestamp)) END AS made
WITH currency, begins, cohort, customer, conversion, CASE $unit
  WHEN 'day' THEN duration.inDays(begins, made).days
  WHEN 'week' THEN duration.inDays(begins, made).days / 7
  WHEN 'month' THEN duration.inMonths(begins, made).months
  WHEN 'quarter' THEN duration.inMonths(begins, made).months / 3
  ELSE made.year - begins.year END AS elapsed
RETURN begins, cohort, elapsed, count(DISTINCT customer) AS customers, count(conversion) AS conversions,
  toFloat(sum(conversion.value)) AS value, currency.check AS currency
ORDER BY begins, elapsed
