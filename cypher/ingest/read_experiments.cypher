// All experiments with what they tested, by id.
MATCH (experiment:Experiment)-[:TESTED]->(target:Channel|Campaign)
RETURN properties(experiment) AS experiment,
  CASE WHEN target:Channel THEN target.name END AS channel,
  CASE WHEN target:Campaign THEN target.id END AS campaign
ORDER BY experiment.id
