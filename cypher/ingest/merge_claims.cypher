// Writes claims of platforms per day; the same day of the same target again is replaced. Returns
// how many days were new (written), had other content (corrected), or the same (present).
// $rows LIST<MAP>: key, each once, and properties: all that are known, key included
UNWIND $rows AS row
OPTIONAL MATCH (stored:Claim {key: row.key})
WITH row,
  CASE
    WHEN stored IS NULL THEN 'written'
    WHEN properties(stored) = row.properties THEN 'present'
    ELSE 'corrected'
  END AS outcome
MERGE (claim:Claim {key: row.key})
SET claim = row.properties
RETURN outcome, count(*) AS days
