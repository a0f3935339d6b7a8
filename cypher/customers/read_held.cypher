// All that is held about customers, as one map for each kind of thing, in the order of their times.
// $customer LIST<STRING>: ids of the customers
// $link LIST<STRING>: ids of the links of their ids
RETURN
  COLLECT {
    UNWIND $customer AS id
    MATCH (customer:Customer {id: id})
    RETURN customer {.*, accounts: [(customer)-[:BELONGS_TO]->(account) | account.id]}
  } AS customers,
  COLLECT {
    UNWIND $link AS id
    MATCH (identity:Identity {id: id})
    RETURN identity {.*}
  } AS identities,
  COLLECT {
    UNWIND $customer AS id
    MATCH (:Customer {id: id})-[:TOUCHED]->(touch)
    OPTIONAL MATCH (touch)-[:SERVED]->(served)
    RETURN touch {.*, served: coalesce(served.id, served.name)}
    ORDER BY touch.timestamp, touch.position, touch.id
  } AS touches,
  COLLECT {
    UNWIND $customer AS id
    MATCH (:Customer {id: id})-[made:MADE|CANCELLED]->(conversion)
    RETURN conversion {.*, cancelled: type(made) = 'CANCELLED',
      refunds: [(refund)-[:REDUCES]->(conversion) | refund {.*}],
      lines: [(conversion)-[:OF_ORDER]->(order)-[line:CONTAINS]->(product) |
        line {.*, order: order.id, product: product.id, name: product.name}]}
    ORDER BY conversion.timestamp, conversion.position, conversion.id
  } AS conversions,
  COLLECT {
    UNWIND $customer AS id
    MATCH (:Customer {id: id})-[:MADE]->(conversion)<-[credited]-(touch:Touchpoint)
    WHERE credited.run IS NOT NULL
    RETURN credited {.*, touch: touch.id, conversion: conversion.id}
    ORDER BY credited.run, conversion.id, touch.id
  } AS credit
