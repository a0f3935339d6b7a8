// Touches and conversions of all customers whose bucket is in [$lo, $hi), or of those among them who changed
// after a load, as parallel lists in one record.
// touchCustomer and conversionCustomer are indices into the list of customers. Code -1 is a missing
// channel, creative or campaign, and -2 one that the maps do not contain.
// $lo INTEGER: first bucket
// $hi INTEGER: last bucket (exclusive)
// $after INTEGER: number of the load, or null for all customers
// $channels MAP: code by name of the channel
// $creatives MAP: code by id of the creative
// $campaigns MAP: code by id of the campaign; codes continue after those of the creatives
// $noTime INTEGER: represents a missing time
// $finer BOOLEAN: whether to return nanoseconds within the milliseconds; otherwise empty lists
// $unknown FLOAT: represents an unknown cost
// $costShares BOOLEAN: whether to return shares of known costs; otherwise the list is empty
// $ids BOOLEAN: whether to return ids of touches; otherwise the list is empty
// $kinds BOOLEAN: whether to return kinds of touches; otherwise the list is empty
CALL () {
  MATCH (customer:Customer)
  WHERE CASE WHEN $after IS NULL THEN $lo END <= customer.bucket < $hi
  RETURN customer
  UNION ALL
  MATCH (customer:Customer)
  USING INDEX customer:Customer(changedBy)
  WHERE customer.changedBy > $after AND $lo <= customer.bucket < $hi
  RETURN customer
}
WITH collect(customer) AS customers
CALL (customers) {
  UNWIND range(0, size(customers) - 1) AS row
  WITH row, customers[row] AS customer
  MATCH (customer)-[:TOUCHED]->(touch)
  OPTIONAL MATCH (touch)-[:SERVED]->(served)
  RETURN collect(row) AS touchCustomer,
    collect(CASE WHEN $ids THEN touch.id END) AS touchId,
    collect(coalesce(touch.timestamp.epochMillis, $noTime)) AS touchTime,
    collect(CASE WHEN $finer THEN coalesce(touch.timestamp.nanosecond % 1000000, 0) END)
      AS touchNanosecond,
    collect(coalesce(touch.position, 0)) AS touchPosition,
    collect(CASE WHEN $kinds THEN coalesce(touch.kind, '') END) AS touchKind,
    collect(coalesce($channels[touch.channel], CASE WHEN touch.channel IS NULL THEN -1 ELSE -2 END))
      AS touchChannel,
    collect(CASE
      WHEN served:Creative THEN coalesce($creatives[served.id], -2)
      WHEN served:Campaign THEN coalesce($campaigns[served.id], -2)
      ELSE -1 END) AS touchServed,
    collect(coalesce(touch.cost, $unknown)) AS touchCost,
    collect(CASE WHEN $costShares THEN coalesce(touch.costShare, 1.0) END) AS touchCostShare
}
CALL (customers) {
  UNWIND range(0, size(customers) - 1) AS row
  WITH row, customers[row] AS customer
  MATCH (customer)-[:MADE]->(conversion)
  RETURN collect(row) AS conversionCustomer,
    collect(conversion.id) AS conversionId,
    collect(coalesce(conversion.timestamp.epochMillis, $noTime)) AS conversionTime,
    collect(CASE WHEN $finer THEN coalesce(conversion.timestamp.nanosecond % 1000000, 0) END)
      AS conversionNanosecond,
    collect(coalesce(conversion.position, 0)) AS conversionPosition,
    collect(coalesce(conversion.kind, '')) AS conversionKind,
    collect(coalesce(conversion.value, 0.0)) AS conversionValue
}
RETURN [customer IN customers | customer.id] AS customer,
  [customer IN customers | customer.bucket] AS bucket,
  touchCustomer, touchId, touchTime, touchNanosecond, touchPosition, touchKind, touchChannel,
  touchServed, touchCost, touchCostShare,
  conversionCustomer, conversionId, conversionTime, conversionNanosecond, conversionPosition,
  conversionKind, conversionValue
