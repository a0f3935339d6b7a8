// Stores the currency of values and costs, unless one is stored. Returns the stored one.
// $currency STRING: code of the currency
MERGE (dataSet:DataSet {name: 'currency'})
ON CREATE SET dataSet.check = $currency
RETURN dataSet.check AS stored
