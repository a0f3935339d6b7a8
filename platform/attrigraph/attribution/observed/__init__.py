"""Observed data: journeys derived from events, and counts of distinct paths."""
