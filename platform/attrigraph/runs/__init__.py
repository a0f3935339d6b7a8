"""Runs of jobs: their identity, parameters, record and progress."""
