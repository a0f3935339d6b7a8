// The currency of values and costs, if one is stored.
OPTIONAL MATCH (dataSet:DataSet {name: 'currency'})
RETURN dataSet.check AS currency
