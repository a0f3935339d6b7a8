// Credit of channels by model $model
// title: Credit of channels by model $model
// The current run with the credit that one of its models assigns to channels.
// $model STRING: name of the model, such as 'linear'
OPTIONAL MATCH (active:Active {job: 'attribute'})
WITH active, point({x: 0, y: 0, crs: CASE
  WHEN NOT EXISTS { (:Run {id: active.run})-[:ASSIGNED {model: $model}]->() }
    THEN 'invalid parameter: $model must be a model of the current run'
  ELSE 'cartesian' END}) AS checked
MATCH (run:Run {id: active.run})-[assigned:ASSIGNED]->(channel:Channel) WHERE assigned.model = $model
RETURN run, assigned, channel
