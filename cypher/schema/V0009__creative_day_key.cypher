// One node a creative, audience and day.
CYPHER 5
CREATE CONSTRAINT creative_day_key IF NOT EXISTS
FOR (n:CreativeDay) REQUIRE (n.creativeId, n.audienceId, n.date) IS UNIQUE;
