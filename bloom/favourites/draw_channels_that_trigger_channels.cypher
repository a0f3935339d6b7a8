// Channels that trigger channels
// title: Channels that trigger channels
// Which channels trigger touches of which others, by the causal models of the current run.
MATCH (active:Active {job: 'attribute'})
MATCH (channel:Channel)-[triggers:TRIGGERS]->(triggered:Channel) WHERE triggers.run = active.run
RETURN channel, triggers, triggered
