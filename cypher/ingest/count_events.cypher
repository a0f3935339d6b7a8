// Numbers of touches and conversions in the graph.
RETURN COUNT { (:Touchpoint) } AS touches, COUNT { (:Conversion) } AS conversions
