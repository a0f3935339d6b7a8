// title: Rest of the journey
// The touches after selected touches until the next conversion that a touch is the last one before.
// $nodes LIST<STRING>: element ids of the selected nodes, which Bloom fills in
MATCH (selected:Touchpoint) WHERE elementId(selected) IN $nodes
CALL (selected) {
  MATCH path = (selected)-[:PRECEDED*0..]->(last)-[:CONVERTED]->(conversion:Conversion)
  RETURN path ORDER BY length(path), conversion.timestamp, conversion.position LIMIT 1
}
RETURN path
