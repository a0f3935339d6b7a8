// People search for audiences by parts of their names.
CYPHER 5
CREATE TEXT INDEX audience_name IF NOT EXISTS
FOR (n:Audience) ON (n.name);
