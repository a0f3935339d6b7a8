// One customer's touches and conversions, each a list of its columns, in no particular order.
// $customer STRING: id of the customer, as the graph knows it
MATCH (c:Customer {id: $customer})
RETURN COLLECT {
    MATCH (c)-[:TOUCHED]->(t)
    OPTIONAL MATCH (t)-[:SERVED]->(s)
    OPTIONAL MATCH (s)-[:PART_OF]->(k)
    RETURN [t.id, t.timestamp.epochMillis, t.position, t.kind, t.channel,
      CASE WHEN s:Campaign THEN s.id ELSE k.id END, CASE WHEN s:Creative THEN s.id END, t.cost]
  } AS touches,
  COLLECT {
    MATCH (c)-[:MADE]->(v)
    RETURN [v.id, v.timestamp.epochMillis, v.position, v.kind, v.value]
  } AS conversions
