"""Spaces, distances, means and graphs that mechanisms and monitors are built on."""
