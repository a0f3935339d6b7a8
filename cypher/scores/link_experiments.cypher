// Links a run to the experiments that calibrated it, where the graph holds them with that result.
// $run STRING: the run's id
// $rows LIST<MAP>: id, lift and standardError of each experiment
MATCH (run:Run {id: $run})
UNWIND $rows AS row
MATCH (experiment:Experiment {id: row.id})
WHERE experiment.lift = row.lift AND experiment.standardError = row.standardError
MERGE (run)-[:CALIBRATED_BY]->(experiment)
