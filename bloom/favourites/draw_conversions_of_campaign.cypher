// Conversions credited to campaign $campaign from $from to $to
// title: Conversions credited to campaign $campaign from $from to $to
// The conversions of a period that the current run credits to touches of a campaign or its creatives.
// $campaign STRING: id of the campaign
// $from DATETIME: start of the period
// $to DATETIME: end (exclusive) of the period
OPTIONAL MATCH (campaign:Campaign {id:
  CASE WHEN $campaign IS :: STRING THEN $campaign ELSE toString(toInteger($campaign)) END})
WITH campaign, datetime(btrim(toString($from), "datetime('\")")) AS start,
  datetime(btrim(toString($to), "datetime('\")")) AS end
WITH campaign, start, end, point({x: 0, y: 0, crs: CASE
  WHEN campaign IS NULL THEN 'invalid parameter: $campaign must be the id of a campaign in the graph'
  WHEN coalesce(start >= end, true) THEN 'invalid parameter: $from must be earlier than $to'
  ELSE 'cartesian' END}) AS checked
MATCH (active:Active {job: 'attribute'})
MATCH (conversion:Conversion) WHERE start <= conversion.timestamp < end
MATCH (touch:Touchpoint)-[credited:CREDITED]->(conversion) WHERE credited.run = active.run
MATCH (touch)-[served:SERVED]->(content)
WHERE content = campaign OR EXISTS { (content)-[:PART_OF]->(campaign) }
OPTIONAL MATCH (content)-[part:PART_OF]->(campaign)
RETURN campaign, part, content, served, touch, credited, conversion
