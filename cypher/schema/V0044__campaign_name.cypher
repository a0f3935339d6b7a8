// People search for campaigns by parts of their names.
CYPHER 5
CREATE TEXT INDEX campaign_name IF NOT EXISTS
FOR (n:Campaign) ON (n.name);
