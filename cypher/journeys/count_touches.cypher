// Number of touches in the graph, from the count store.
MATCH (:Customer)-[touched:TOUCHED]->() RETURN count(touched) AS touches
