// Stores the types of properties of events that have none yet. Returns each name with its stored type.
// $rows LIST<LIST<STRING>>: pairs of a name and a type, sorted
UNWIND $rows AS row
MERGE (dataSet:DataSet {name: 'property ' + row[0]})
ON CREATE SET dataSet.check = row[1]
RETURN collect([row[0], dataSet.check]) AS types
