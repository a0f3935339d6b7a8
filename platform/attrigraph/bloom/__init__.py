"""Files for Neo4j Bloom, generated from the graph's schema and statements."""
