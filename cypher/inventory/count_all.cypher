// How many nodes of each label and relationships of each type the graph has, as one map of each.
RETURN
  COLLECT { MATCH (node) UNWIND labels(node) AS label RETURN [label, count(*)] ORDER BY label } AS nodes,
  COLLECT { MATCH ()-[link]->() RETURN [type(link), count(*)] ORDER BY type(link) } AS relationships
