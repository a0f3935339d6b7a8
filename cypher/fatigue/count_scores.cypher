// How many creatives have the scores of a run.
// $run STRING: the run's id
MATCH (creative:Creative {fatigueRun: $run})
RETURN count(creative) AS creatives
