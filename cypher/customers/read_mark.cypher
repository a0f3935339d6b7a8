// Returns the fingerprint of the pseudonym key of the customers in the graph, or the mark that their ids are kept;
// null in a graph without customers.
OPTIONAL MATCH (dataSet:DataSet {name: 'customers'})
RETURN dataSet.check AS stored
