// The models of the current attribution run.
MATCH (active:Active {job: 'attribute'})
MATCH (run:Run {id: active.run})
UNWIND run.models AS model
RETURN model AS value
