// Notes how customers' ids came about, if nothing is noted yet. Returns what is noted.
// $check STRING: a value that tells one key of pseudonyms from another, or says that ids were kept
MERGE (d:DataSet {name: 'customers'})
ON CREATE SET d.check = $check
RETURN d.check AS noted
