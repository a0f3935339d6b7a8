// One model's credit in a run by day, week, month, quarter or year of the conversions, for each channel,
// campaign or creative. For models that credit single touches, which Markov chains and rate models do not.
// $level STRING: channel, campaign or creative
// $unit STRING: day, week, month, quarter or year
// $model STRING: name of the model, such as 'linear'
// $from DATE: first day of the period
// $to DATE: day after the last one of the period
// $limit INTEGER: maximum rows
// $run STRING OR NULL: id or name of a run; null for the published one
WITH date(datetime(btrim(toString($from), "datetime('\")"))) AS start,
  date(datetime(btrim(toString($to), "datetime('\")"))) AS end
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH start, end, coalesce(CASE WHEN $run IS :: STRING THEN $run ELSE toString(toInteger($run)) END,
  active.run) AS key
OPTIONAL MATCH (chosen:Run {job: 'attribute', status: 'done'}) WHERE chosen.id = key OR chosen.name = key
WITH start, end, chosen, chosen.id AS run, point({x: 0, y: 0, crs: CASE
  WHEN chosen IS NULL
    THEN 'invalid parameter: $run must be a finished run, by id or name, or null for the published one'
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  WHEN NOT coalesce($level IN ['channel', 'campaign', 'creative'], false)
    THEN 'invalid parameter: $level must be channel, campaign or creative'
  WHEN NOT coalesce($unit IN ['day', 'week', 'month', 'quarter', 'year'], false)
    THEN 'invalid parameter: $unit must be day, week, month, quarter or year'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the run'
  WHEN NOT EXISTS { (chosen)-[:ASSIGNED_ON {model: $model}]->() }
    THEN 'invalid parameter: $model must credit single touches; Markov chains and rate models do not, so they have no credit by day, nor has a run of data without times or of an older version'
  WHEN coalesce(toFloat($limit) <> abs(toInteger($limit)), true)
    THEN 'invalid parameter: $limit must be a whole number, at least 0'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (currency:DataSet {name: 'currency'})
MATCH (:Run)-[assigned:ASSIGNED_ON]->(entity)
USING INDEX SEEK assigned:ASSIGNED_ON(run, model, level, date)
WHERE assigned.run = run AND assigned.model = $model AND assigned.level = $level
  AND start <= assigned.date < end
WITH chosen, currency, date.truncate($unit, assigned.date) AS begins, entity,
  sum(assigned.credit) AS conversions, sum(assigned.value) AS value
RETURN begins, CASE WHEN entity:Channel THEN entity.name ELSE entity.id END AS key, conversions, value,
  chosen.id AS run, $model AS model, chosen.windowStart AS windowStart,
  chosen.windowEnd AS windowEnd, chosen.lookbackDays AS lookbackDays, currency.check AS currency
ORDER BY begins, conversions DESC, key
LIMIT coalesce(toInteger($limit), 1)
