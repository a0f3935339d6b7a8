// Ends a load. Earlier ones that were killed end with it: loads whose files it had, as it wrote what they did not,
// and erasures and retentions if it ran alone, as they wrote nothing in part.
// $number INTEGER: number of the load
// $counts MAP: touches and conversions that it wrote, rejected and moved
// $alone BOOLEAN: whether nothing else changed facts meanwhile
MATCH (load:Load {number: $number})
SET load.finished = datetime(), load += $counts
WITH load
MATCH (killed:Load)
WHERE killed.number < load.number AND killed.finished IS NULL AND CASE killed.kind
  WHEN 'load' THEN size(killed.contents) > 0 AND all(content IN killed.contents WHERE content IN load.contents)
  ELSE $alone END
SET killed.finished = load.finished
