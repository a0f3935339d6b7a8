// Deletes what a run assigned in total and by segment, in the transaction that writes it again. Returns how much.
// $run STRING: the run's id
MATCH (:Run {id: $run})-[assigned:ASSIGNED|ASSIGNED_IN]->()
DELETE assigned
RETURN count(assigned) AS deleted
