// Links days of channels to their channels; safe to repeat.
MATCH (day:ChannelDay)
WHERE NOT EXISTS { (day)-[:OF]->() }
MERGE (channel:Channel {name: day.channel})
MERGE (day)-[:OF]->(channel)
