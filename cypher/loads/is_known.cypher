// Whether the graph has a load of this number and id.
// $number INTEGER: number of the load
// $id STRING: id of the load
RETURN EXISTS { (:Load {number: $number, id: $id}) } AS known
