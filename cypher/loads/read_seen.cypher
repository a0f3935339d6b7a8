// The number up to which all loads have ended, and the id of the load of that number: what a reader that begins
// now sees in full. 0 and null if there is none.
OPTIONAL MATCH (unfinished:Load) WHERE unfinished.number > 0 AND unfinished.finished IS NULL
WITH min(unfinished.number) AS first
OPTIONAL MATCH (counter:DataSet {name: 'loads'})
WITH coalesce(first - 1, counter.loads, 0) AS number
OPTIONAL MATCH (load:Load {number: number})
RETURN number, load.id AS id
