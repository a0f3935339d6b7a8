// Ends a load. Earlier loads of the same content that were killed end with it, as it wrote what they did not.
// $number INTEGER: number of the load
// $counts MAP: touches and conversions that it wrote, rejected and moved
MATCH (load:Load {number: $number})
SET load.finished = datetime(), load += $counts
WITH load
MATCH (killed:Load)
WHERE killed.number < load.number AND killed.content = load.content AND killed.finished IS NULL
SET killed.finished = load.finished
