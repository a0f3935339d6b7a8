// Campaign $campaign with its creatives
// title: Campaign $campaign with its creatives
// A campaign with its ad sets, creatives and their elements, the channels it runs on and the audiences
// it targets.
// $campaign STRING: id of the campaign
OPTIONAL MATCH (campaign:Campaign {id:
  CASE WHEN $campaign IS :: STRING THEN $campaign ELSE toString(toInteger($campaign)) END})
WITH campaign, point({x: 0, y: 0, crs: CASE
  WHEN campaign IS NULL THEN 'invalid parameter: $campaign must be the id of a campaign in the graph'
  ELSE 'cartesian' END}) AS checked
OPTIONAL MATCH (campaign)-[around:RUNS_ON|TARGETS|PART_OF]->(context)
WITH campaign, collect(around) AS surroundings, collect(context) AS contexts
OPTIONAL MATCH (campaign)<-[part:PART_OF]-(child:Creative|AdSet)
OPTIONAL MATCH (child)-[has:HAS_ELEMENT]->(element:Element)
OPTIONAL MATCH (child)-[within:PART_OF]->(set:AdSet)
RETURN campaign, surroundings, contexts, part, child, has, element, within, set
