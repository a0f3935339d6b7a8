// The touches and conversions of one customer, each as a list of columns, in no particular order.
// $customer STRING: id of the customer in the graph
MATCH (customer:Customer {id: $customer})
RETURN COLLECT {
    MATCH (customer)-[:TOUCHED]->(touch)
    OPTIONAL MATCH (touch)-[:SERVED]->(served)
    OPTIONAL MATCH (served)-[:PART_OF]->(campaign)
    RETURN [touch.id, touch.timestamp.epochMillis, touch.timestamp.nanosecond % 1000000,
      touch.position, touch.kind, touch.channel,
      CASE WHEN served:Campaign THEN served.id ELSE campaign.id END,
      CASE WHEN served:Creative THEN served.id END, touch.cost]
  } AS touches,
  COLLECT {
    MATCH (customer)-[:MADE]->(conversion)
    RETURN [conversion.id, conversion.timestamp.epochMillis,
      conversion.timestamp.nanosecond % 1000000, conversion.position, conversion.kind,
      conversion.value]
  } AS conversions
