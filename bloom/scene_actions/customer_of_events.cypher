// title: Customer and all events
// The customers of selected touches and conversions, with all their events.
// $nodes LIST<STRING>: element ids of the selected nodes, which Bloom fills in
MATCH (selected:Touchpoint|Conversion) WHERE elementId(selected) IN $nodes
MATCH (selected)<-[:TOUCHED|MADE]-(customer:Customer)
WITH DISTINCT customer
MATCH (customer)-[relation:TOUCHED|MADE]->(event)
RETURN customer, relation, event
