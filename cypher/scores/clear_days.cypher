// Deletes some of what a run assigned by day, in the transaction that writes it again. Returns how much.
// $elements LIST<STRING>: element ids of the relationships
MATCH ()-[assigned:ASSIGNED_ON]->() WHERE elementId(assigned) IN $elements
DELETE assigned
RETURN count(assigned) AS deleted
