// title: Show credit
// The credit of selected touches, or the touches credited with selected conversions, in the current run.
// $nodes LIST<STRING>: element ids of the selected nodes, which Bloom fills in
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS run
MATCH (selected:Touchpoint|Conversion) WHERE elementId(selected) IN $nodes
MATCH (selected)-[credited:CREDITED {run: run}]-(other)
RETURN selected, credited, other
