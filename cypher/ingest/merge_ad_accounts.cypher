// Creates missing advertising accounts.
// $ids LIST<STRING>: their ids, sorted
UNWIND $ids AS id
MERGE (:AdAccount {id: id})
