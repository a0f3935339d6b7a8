// How many touches and conversions the graph holds.
CALL () { MATCH (t:Touchpoint) RETURN count(t) AS touches }
CALL () { MATCH (v:Conversion) RETURN count(v) AS conversions }
RETURN touches, conversions
