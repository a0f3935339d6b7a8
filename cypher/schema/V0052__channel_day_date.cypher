// Reach and frequency of all channels are read for the days of a period.
CYPHER 5
CREATE INDEX channel_day_date IF NOT EXISTS
FOR (n:ChannelDay) ON (n.date);
