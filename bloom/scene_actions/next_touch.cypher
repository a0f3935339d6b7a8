// title: Next touch
// The next touches of the same customers after selected touches.
// $nodes LIST<STRING>: element ids of the selected nodes, which Bloom fills in
MATCH (selected:Touchpoint) WHERE elementId(selected) IN $nodes
MATCH (selected)-[next:PRECEDED]->(following:Touchpoint)
RETURN selected, next, following
