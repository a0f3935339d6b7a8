// Deletes days of channels that no touch is on any more.
MATCH (day:ChannelDay) WHERE NOT EXISTS { (day)<-[:ON]-() }
DETACH DELETE day
