// One node per channel and day.
CYPHER 5
CREATE CONSTRAINT channel_day_key IF NOT EXISTS
FOR (n:ChannelDay) REQUIRE (n.channel, n.date) IS UNIQUE;
