"""Starts a real Neo4j and a real Postgres on this computer: with Docker, or from packages alone."""
