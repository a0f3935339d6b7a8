"""Experiments: how measured lifts calibrate the credits of a model."""
