"""Files for Bloom, NeoDash and Neo4j Browser, generated from the schema and the statements."""
