// Conversions with a time by day and kind, and their value.
// $start DATETIME: start of the period
// $end DATETIME: end (exclusive) of the period
// $zone STRING: name of the time zone of days
MATCH (conversion:Conversion)
WHERE $start <= conversion.timestamp < $end
RETURN date(datetime({datetime: conversion.timestamp, timezone: $zone})) AS day,
  conversion.kind AS kind, count(*) AS conversions, toFloat(sum(conversion.value)) AS value
