// Deletes the links from these touches to the next ones.
// $id LIST<STRING>: ids of touches
UNWIND $id AS id
MATCH (:Touchpoint {id: id})-[link:PRECEDED]->()
DELETE link
