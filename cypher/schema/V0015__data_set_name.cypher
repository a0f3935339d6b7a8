// One node a fact about the data set as a whole, such as how customers' ids came about.
CYPHER 5
CREATE CONSTRAINT data_set_name IF NOT EXISTS
FOR (n:DataSet) REQUIRE n.name IS UNIQUE;
