// title: What was served
// What selected touches served, with its campaign and channels.
// $nodes LIST<STRING>: element ids of the selected nodes, which Bloom fills in
MATCH (selected:Touchpoint) WHERE elementId(selected) IN $nodes
MATCH (selected)-[served:SERVED]->(content)
OPTIONAL MATCH (content)-[part:PART_OF]->(parent:Campaign)
WITH selected, served, content, part, parent, coalesce(parent, content) AS campaign
OPTIONAL MATCH (campaign)-[runs:RUNS_ON]->(channel:Channel)
RETURN selected, served, content, part, parent, runs, channel
