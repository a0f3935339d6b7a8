// People search for creatives by parts of their names.
CYPHER 5
CREATE TEXT INDEX creative_name IF NOT EXISTS
FOR (n:Creative) ON (n.name);
