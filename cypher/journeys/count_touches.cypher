// How many touches the graph holds, from the store of counts.
MATCH (:Customer)-[r:TOUCHED]->() RETURN count(r) AS touches
