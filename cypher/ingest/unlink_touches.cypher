// Deletes the link from each of some touches to the touch after it.
// $id LIST<STRING>: ids of touches
UNWIND $id AS id
MATCH (:Touchpoint {id: id})-[link:PRECEDED]->()
DELETE link
