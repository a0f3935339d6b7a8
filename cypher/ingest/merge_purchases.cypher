// Removes conversions that are the purchase of another one of their customer, kind and order: without a value
// where another has one, or of the value of the order's own conversion. Returns how many, and the
// customers.
// $order LIST<STRING>: ids of orders, and of conversions that may be orders
UNWIND $order AS order
CALL (order) {
  MATCH (conversion:Conversion {id: order}) RETURN conversion
  UNION MATCH (conversion:Conversion {orderId: order}) RETURN conversion
}
WITH order, conversion.customerId AS customer, conversion.kind AS kind,
  collect({node: conversion, own: conversion.id = order, value: coalesce(conversion.gross, conversion.value)})
  AS conversions
WHERE size(conversions) > 1
WITH conversions, any(one IN conversions WHERE one.value > 0) AS valued,
  [one IN conversions WHERE one.own | one.value] AS own
UNWIND conversions AS one
WITH one, valued, own WHERE one.value = 0 AND valued OR NOT one.own AND one.value IN own
WITH DISTINCT one.node AS conversion, one.node.customerId AS customer
DETACH DELETE conversion
RETURN count(*) AS conversions, collect(DISTINCT customer) AS customers
