// Number of links of ids in the graph.
RETURN COUNT { (:Identity) } AS identities
