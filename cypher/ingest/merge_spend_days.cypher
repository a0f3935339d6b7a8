// Writes spend per day; the same day of the same target again is replaced.
// $rows LIST<MAP>: key, and properties: all that are known, key included
UNWIND $rows AS row
MERGE (day:SpendDay {key: row.key})
SET day = row.properties
