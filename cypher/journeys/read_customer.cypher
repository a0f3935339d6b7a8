// The touches and conversions of one customer, each as a list of columns, in no particular order. The
// customer is named by id or by one of its conversions; the other parameter is null.
// $customer STRING: id of the customer in the graph
// $conversion STRING: id of a conversion of the customer
OPTIONAL MATCH (named:Conversion {id: $conversion})
WITH coalesce($customer, named.customerId) AS id
MATCH (customer:Customer {id: id})
RETURN customer.id AS customer, COLLECT {
    MATCH (customer)-[:TOUCHED]->(touch)
    OPTIONAL MATCH (touch)-[:SERVED]->(served)
    OPTIONAL MATCH (served)-[:PART_OF]->(campaign:Campaign)
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
