"""Postgres: typed models, the engine, and the repositories that use it."""
