// Channels that trigger channels
// title: Channels that trigger channels
// Which channels trigger touches of which others, by the causal models of the current run.
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active.run AS run
MATCH (channel:Channel)-[triggers:TRIGGERS {run: run}]->(triggered:Channel)
RETURN channel, triggers, triggered
