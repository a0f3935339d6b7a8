// People search for elements by parts of their texts.
CYPHER 5
CREATE TEXT INDEX element_text IF NOT EXISTS
FOR (n:Element) ON (n.text);
