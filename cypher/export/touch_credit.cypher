// The credit of touches by the touch model of a run, with what was served, and the conversion that is credited.
// $run STRING: the run's id
// $start DATETIME: start of the period of the conversions
// $end DATETIME: end (exclusive) of the period
// $zone STRING: name of the time zone of days
// $all BOOLEAN: whether credit of conversions without a time is returned, too
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH coalesce(active.run = $run, false) AS isPublished
CALL (isPublished) {
  WITH isPublished WHERE isPublished
  MATCH (touch:Touchpoint)-[credited:CREDITED {run: $run}]->(conversion:Conversion)
  USING INDEX SEEK credited:CREDITED(run)
  RETURN touch, credited, conversion
  UNION ALL
  WITH isPublished WHERE NOT isPublished
  MATCH (touch:Touchpoint)-[credited:KEPT_CREDIT {run: $run}]->(conversion:Conversion)
  USING INDEX SEEK credited:KEPT_CREDIT(run)
  RETURN touch, credited, conversion
}
WITH touch, credited, conversion
WHERE $start <= conversion.timestamp < $end OR ($all AND conversion.timestamp IS NULL)
OPTIONAL MATCH (touch)-[:SERVED]->(served)
RETURN touch.id AS touch, conversion.id AS conversion, conversion.customerId AS customer, credited.model AS model,
  touch.timestamp AS touched, touch.position AS position, touch.kind AS kind, touch.channel AS channel,
  CASE WHEN served:Campaign THEN served.id
    ELSE head(COLLECT { MATCH (served)-[:PART_OF]->(campaign:Campaign) RETURN campaign.id })
  END AS campaign,
  CASE WHEN served:Creative THEN served.id END AS creative,
  conversion.timestamp AS converted,
  CASE WHEN conversion.timestamp IS NOT NULL
    THEN date(datetime({datetime: conversion.timestamp, timezone: $zone})) END AS day,
  conversion.kind AS conversion_kind, conversion.value AS conversion_value,
  credited.credit AS credit, credited.value AS value, credited.captured AS captured
