// How many touches and conversions the graph holds.
RETURN COUNT { (:Touchpoint) } AS touches, COUNT { (:Conversion) } AS conversions
