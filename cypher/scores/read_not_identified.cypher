// Of some channels those whose credit by a model of a run is not identified, the largest credit first.
// $run STRING: the run's id
// $model STRING: name of the model
// $channels LIST<STRING>: names of channels
MATCH (channel:Channel)
USING INDEX channel:Channel(name)
WHERE channel.name IN $channels
WITH channel
MATCH (channel)<-[assigned:ASSIGNED]-()
WHERE startNode(assigned).id = $run AND assigned.model = $model AND assigned.identified = false
RETURN channel.name AS channel, assigned.reasons AS reasons
ORDER BY assigned.credit DESC, channel
