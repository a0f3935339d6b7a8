// How many nodes of each label and relationships of each type the graph has, as pairs of name and number.
RETURN
  COLLECT {
    MATCH (node) UNWIND labels(node) AS label
    WITH label, count(*) AS number ORDER BY label
    RETURN [label, number]
  } AS nodes,
  COLLECT {
    MATCH ()-[link]->()
    WITH type(link) AS type, count(*) AS number ORDER BY type
    RETURN [type, number]
  } AS relationships
