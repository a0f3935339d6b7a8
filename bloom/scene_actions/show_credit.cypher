// title: Show credit
// The credit of selected touches, or the touches credited with selected conversions, in the current run.
// $nodes LIST<STRING>: element ids of the selected nodes, which Bloom fills in
MATCH (active:Active {job: 'attribute'})
MATCH (selected:Touchpoint|Conversion) WHERE elementId(selected) IN $nodes
MATCH (selected)-[credited:CREDITED]-(other) WHERE credited.run = active.run
RETURN selected, credited, other
