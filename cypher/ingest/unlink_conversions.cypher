// Deletes the links to these conversions from the last touches before them.
// $id LIST<STRING>: ids of conversions
UNWIND $id AS id
MATCH (:Conversion {id: id})<-[link:CONVERTED]-()
DELETE link
