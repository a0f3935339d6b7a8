// Stores the fingerprint of the pseudonym key, unless one is stored. Returns the stored one.
// $check STRING: fingerprint of the pseudonym key, or a mark that ids are kept as they are
MERGE (dataSet:DataSet {name: 'customers'})
ON CREATE SET dataSet.check = $check
RETURN dataSet.check AS stored
