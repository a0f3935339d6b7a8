"""Neo4j: the catalogue of statements, the driver, and the repositories that use them."""
