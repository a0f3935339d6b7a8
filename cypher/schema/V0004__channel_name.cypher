// One node a channel, known by its name.
CYPHER 5
CREATE CONSTRAINT channel_name IF NOT EXISTS
FOR (n:Channel) REQUIRE n.name IS UNIQUE;
