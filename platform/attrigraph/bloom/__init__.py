"""Files for Neo4j Bloom and NeoDash, generated from the graph's schema and statements."""
