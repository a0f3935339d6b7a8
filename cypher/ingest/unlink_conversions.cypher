// Deletes the link to each of some conversions from the last touch before it.
// $id LIST<STRING>: ids of conversions
UNWIND $id AS id
MATCH (:Conversion {id: id})<-[link:CONVERTED]-()
DELETE link
